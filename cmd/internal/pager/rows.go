// How many lines of a screen a text takes.

package pager

import (
	"bytes"
	"regexp"
	"sync"

	"github.com/rivo/uniseg"
)

// colour matches the escape sequences, which have no width on the screen.
var colour = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-9;]*[mK]`) })

const tab = 8

// rows returns how many lines of a screen a text takes, and whether that is at most limit.
// It stops counting beyond limit.
func rows(text []byte, width, limit int) (n int, fits bool) {
	for len(text) > 0 {
		if n >= limit {
			return n, false
		}
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		n += rowsOfLine(line, width)
	}
	return n, n <= limit
}

func rowsOfLine(line []byte, width int) int {
	if len(line) <= width && bytes.IndexByte(line, '\t') < 0 { // a character is at most as wide as it has bytes
		return 1
	}
	line = colour().ReplaceAll(line, nil)
	places := 0
	for i, part := range bytes.Split(line, []byte("\t")) {
		if i > 0 {
			places += tab - places%tab
		}
		places += uniseg.StringWidth(string(part))
	}
	return max(1, (places+width-1)/width)
}
