// Tables of a help page, for a terminal: aligned columns, with cells wrapped where a
// line would be too long.

package manual

import (
	"strings"
	"unicode/utf8"
)

const (
	lineWidth = 96 // the width of a table's line, if its words fit
	gap       = 2  // between two columns
	longWord  = 26 // a longer word is broken
)

// table lays out the lines of a Markdown table.
func table(lines []string) string {
	var rows [][]string
	for i, line := range lines {
		if i != 1 { // a line of dashes
			rows = append(rows, cells(line))
		}
	}
	widths := columnWidths(rows)
	var b strings.Builder
	broken := false
	for i, row := range rows {
		if i == 0 && strings.Join(row, "") == "" {
			continue
		}
		height := 1
		parts := make([][]string, len(row))
		for c, cell := range row {
			parts[c] = wrap(cell, widths[c])
			height = max(height, len(parts[c]))
		}
		broken = broken || height > 1
		for n := range height {
			writeLine(&b, parts, n, widths)
		}
		switch {
		case i == 0:
			for c, w := range widths {
				parts[c] = []string{strings.Repeat("-", w)}
			}
			writeLine(&b, parts, 0, widths)
		case broken && i < len(rows)-1:
			b.WriteString("\n")
		}
	}
	return b.String()
}

func writeLine(b *strings.Builder, parts [][]string, n int, widths []int) {
	line := ""
	for c, part := range parts {
		text := ""
		if n < len(part) {
			text = part[n]
		}
		line += text + strings.Repeat(" ", widths[c]-utf8.RuneCountInString(text)+gap)
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// cells splits a line of a table.
func cells(line string) (all []string) {
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	for cell := range strings.SplitSeq(strings.ReplaceAll(line, `\|`, "\x00"), "|") {
		all = append(all, strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|"))
	}
	return all
}

// columnWidths gives each column the width of its longest cell or, if the line is too
// short for all, divides the room that the narrow columns leave among the wide ones.
func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			widths[c] = max(widths[c], utf8.RuneCountInString(cell))
		}
	}
	left := lineWidth - gap*(len(widths)-1)
	share := left / len(widths)
	wide := 0
	for _, w := range widths {
		if w <= share {
			left -= w
		} else {
			wide += w
		}
	}
	if wide <= left {
		return widths
	}
	for c, w := range widths {
		if w > share {
			widths[c] = max(longest(rows, c), left*w/wide)
		}
	}
	return widths
}

// longest returns the length of a column's longest word, unless that word is broken.
func longest(rows [][]string, c int) (n int) {
	for _, row := range rows {
		for word := range strings.FieldsSeq(row[c]) {
			n = max(n, min(longWord, utf8.RuneCountInString(word)))
		}
	}
	return n
}

// wrap breaks a text at its blanks, or within a word that is longer than a line.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		for {
			room := width - utf8.RuneCountInString(line)
			if line != "" {
				room--
			}
			if n := utf8.RuneCountInString(word); n <= room {
				break
			}
			if line != "" {
				lines, line = append(lines, line), ""
				continue
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:width])), string(runes[width:])
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
