// Every format is read back by parsers that share no code with the writers.

package exact

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// formats has all formats of the program. In the formats for people (table, vertical and markdown),
// NULL and the text NULL look the same.
var formats = []struct {
	name  string
	check func(t *testing.T, want table, got string)
}{
	{"csv", checkCSV},
	{"tsv", checkTSV},
	{"json", checkJSON},
	{"jsonl", checkJSONL},
	{"table", checkTable},
	{"vertical", checkVertical},
	{"markdown", checkMarkdown},
}

// cells compares all cells, as text.
func (want table) cells(t *testing.T, got [][]cell) {
	t.Helper()
	if len(got) != len(want.rows) {
		t.Fatalf("%d rows, want %d", len(got), len(want.rows))
	}
	for i, row := range want.rows {
		if len(got[i]) != len(row) {
			t.Fatalf("row %d has %d cells, want %d", i+1, len(got[i]), len(row))
		}
		for j, c := range row {
			if g := got[i][j]; g.text != c.text || g.null != c.null {
				t.Errorf("row %d, %s %s: got %v, want %v", i+1, want.names[j], want.types[j], g, c)
			}
		}
	}
}

// header checks the names of the columns, and removes them.
func (want table) header(t *testing.T, got [][]cell) [][]cell {
	t.Helper()
	var names []string
	if len(got) > 0 {
		for _, c := range got[0] {
			names = append(names, c.text)
		}
	}
	if !slices.Equal(names, want.names) {
		t.Fatalf("the header is %q, want %q", names, want.names)
	}
	return got[1:]
}

// shown returns the table as formats for people print it: NULL is the word NULL.
func (want table) shown(text func(string) string) table {
	shown := want
	shown.rows = nil
	for _, row := range want.rows {
		var cells []cell
		for _, c := range row {
			if c.null {
				c = cell{text: "NULL"}
			} else {
				c = cell{text: text(c.text)}
			}
			cells = append(cells, c)
		}
		shown.rows = append(shown.rows, cells)
	}
	return shown
}

// checkCSV reads with a parser of this package, which distinguishes NULL from the empty string, and
// with encoding/csv, which does not, and which drops a carriage return before a line feed.
func checkCSV(t *testing.T, want table, got string) {
	records, err := readCSV(got)
	if err != nil {
		t.Fatal(err)
	}
	want.cells(t, want.header(t, records))

	plain, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil || len(plain) != len(records) {
		t.Fatalf("encoding/csv: %d records of %d, %v", len(plain), len(records), err)
	}
	for i, record := range records {
		for j, c := range record {
			if plain[i][j] != strings.ReplaceAll(c.text, "\r\n", "\n") {
				t.Errorf("encoding/csv reads %q, want %v", plain[i][j], c)
			}
		}
	}
}

func readCSV(text string) (records [][]cell, err error) {
	record := []cell(nil)
	for len(text) > 0 {
		var c cell
		if text[0] == '"' {
			for closed := false; !closed; {
				part, rest, ok := strings.Cut(text[1:], `"`)
				if !ok {
					return nil, fmt.Errorf("a quote is never closed: %.60q", text)
				}
				c.text += part
				text = rest
				if closed = !strings.HasPrefix(text, `"`); !closed {
					c.text += `"`
				}
			}
		} else {
			end := strings.IndexAny(text, ",\n")
			if end < 0 || strings.ContainsAny(text[:end], "\"\r") {
				return nil, fmt.Errorf("an invalid bare field: %.60q", text)
			}
			c = cell{text: text[:end], null: end == 0}
			text = text[end:]
		}
		record = append(record, c)
		switch {
		case strings.HasPrefix(text, "\n"):
			records, record = append(records, record), nil
		case !strings.HasPrefix(text, ","):
			return nil, fmt.Errorf("neither a comma nor a line's end: %.60q", text)
		}
		text = text[1:]
	}
	if record != nil {
		return nil, fmt.Errorf("the last line has no end")
	}
	return records, nil
}

// checkTSV reads as COPY of PostgreSQL does.
func checkTSV(t *testing.T, want table, got string) {
	body, ok := strings.CutSuffix(got, "\n")
	if !ok {
		t.Fatal("the last line has no end")
	}
	unescape := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")
	var records [][]cell
	for line := range strings.SplitSeq(body, "\n") {
		var record []cell
		for field := range strings.SplitSeq(line, "\t") {
			if field == `\N` {
				record = append(record, cell{null: true})
			} else {
				record = append(record, cell{text: unescape.Replace(field)})
			}
		}
		records = append(records, record)
	}
	want.cells(t, want.header(t, records))
}

func checkJSON(t *testing.T, want table, got string) {
	var objects []json.RawMessage
	if err := json.Unmarshal([]byte(got), &objects); err != nil {
		t.Fatal(err)
	}
	checkObjects(t, want, objects)
}

func checkJSONL(t *testing.T, want table, got string) {
	var objects []json.RawMessage
	for line := range strings.Lines(got) {
		objects = append(objects, json.RawMessage(line))
	}
	checkObjects(t, want, objects)
}

func checkObjects(t *testing.T, want table, objects []json.RawMessage) {
	if len(objects) != len(want.rows) {
		t.Fatalf("%d objects, want %d", len(objects), len(want.rows))
	}
	for i, object := range objects {
		var values map[string]json.RawMessage
		if err := json.Unmarshal(object, &values); err != nil {
			t.Fatal(err)
		}
		if len(values) != len(want.names) {
			t.Fatalf("row %d has %d keys, want %d", i+1, len(values), len(want.names))
		}
		for j, c := range want.rows[i] {
			if err := checkValue(values[want.names[j]], c); err != nil {
				t.Errorf("row %d, %s %s: %v", i+1, want.names[j], want.types[j], err)
			}
		}
	}
}

// number is the syntax of numbers in JSON.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func checkValue(raw json.RawMessage, c cell) error {
	bare := c.text
	switch {
	case c.null:
		bare = "null"
	case c.form == asJSON:
		bare = visible(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(c.text), "")
	case c.form == asBool, c.form == asNumber && number.MatchString(c.text):
	default:
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("got %s, want the string %v: %w", raw, c, err)
		}
		if s != c.text {
			return fmt.Errorf("got %q, want %v", s, c)
		}
		return nil
	}
	if string(raw) != bare {
		return fmt.Errorf("got %.200s, want %.200s", raw, bare)
	}
	return nil
}

// checkTable accepts only spaces as padding: between the bars, each line must have the texts of the
// row, in order.
func checkTable(t *testing.T, want table, got string) {
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	want = want.shown(func(v string) string { return visible(v, "") })
	if len(lines) != len(want.rows)+2 {
		t.Fatalf("there are %d lines, want %d and two more", len(lines), len(want.rows))
	}
	names := make([]cell, len(want.names))
	for i, name := range want.names {
		names[i].text = name
	}
	checkLine(t, lines[0], names)
	for i, row := range want.rows {
		checkLine(t, lines[i+2], row)
	}
}

func checkLine(t *testing.T, line string, cells []cell) {
	t.Helper()
	rest := line
	for i, c := range cells {
		if i > 0 {
			var bar bool
			if rest, bar = strings.CutPrefix(strings.TrimLeft(rest, " "), "|"); !bar {
				t.Fatalf("no bar before cell %d, %v, at %.60q", i+1, c, rest)
			}
		}
		if c.text == "" {
			continue
		}
		var padded bool
		rest, padded = strings.CutPrefix(rest, " ")
		at := strings.Index(rest, c.text)
		if at < 0 || strings.Trim(rest[:at], " ") != "" || !padded {
			t.Fatalf("cell %d is not %v at %.60q", i+1, c, rest)
		}
		rest = rest[at+len(c.text):]
	}
	if strings.Trim(rest, " ") != "" {
		t.Errorf("the line has more than the cells: %.60q", rest)
	}
}

func checkVertical(t *testing.T, want table, got string) {
	var records [][]cell
	for line := range strings.SplitSeq(strings.TrimSuffix(got, "\n"), "\n") {
		if strings.HasPrefix(line, "-[ RECORD ") {
			records = append(records, nil)
			continue
		}
		name, value, ok := strings.Cut(line, " |")
		if !ok || len(records) == 0 {
			t.Fatalf("an unknown kind of line: %q", line)
		}
		value = strings.TrimPrefix(value, " ")
		record := &records[len(records)-1]
		switch {
		case strings.Trim(name, " ") == "" && len(*record) > 0:
			(*record)[len(*record)-1].text += "\n" + value
		case len(*record) < len(want.names) && strings.TrimRight(name, " ") == want.names[len(*record)]:
			*record = append(*record, cell{text: value})
		default:
			t.Fatalf("the name %q is not in its place", name)
		}
	}
	want.shown(func(v string) string { return visible(v, "\n") }).cells(t, records)
}

func checkMarkdown(t *testing.T, want table, got string) {
	var records [][]cell
	for line := range strings.SplitSeq(strings.TrimSuffix(got, "\n"), "\n") {
		record, err := readMarkdown(line)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	records = want.header(t, records)
	oneBreak := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	// Cells are padded, so blanks at the ends of a value cannot be distinguished from padding. A
	// rendered page does not show them either.
	want.shown(func(v string) string { return strings.Trim(oneBreak.Replace(v), " ") }).cells(t, records[1:])
}

// readMarkdown splits a line at the bars that have no backslash.
func readMarkdown(line string) (record []cell, err error) {
	rest, ok := strings.CutPrefix(line, "| ")
	if !ok {
		return nil, fmt.Errorf("no line of a table: %.60q", line)
	}
	var text strings.Builder
	for rest != "" {
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			text.WriteByte(rest[1])
			rest = rest[2:]
		case strings.HasPrefix(rest, "<br>"):
			text.WriteByte('\n')
			rest = rest[4:]
		case rest[0] == '|':
			value, ok := strings.CutSuffix(text.String(), " ")
			if !ok {
				return nil, fmt.Errorf("no space before the bar at %.60q", rest)
			}
			record = append(record, cell{text: strings.Trim(value, " ")})
			text.Reset()
			if rest = rest[1:]; rest != "" {
				if rest, ok = strings.CutPrefix(rest, " "); !ok {
					return nil, fmt.Errorf("no space after the bar at %.60q", rest)
				}
			}
		default:
			text.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	if text.Len() > 0 {
		return nil, fmt.Errorf("no bar at the end of %.60q", line)
	}
	return record, nil
}
