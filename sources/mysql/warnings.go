// Warnings, the server's and ours, as lines.

package mysql

import (
	"fmt"
	"strings"
)

const maxLines = 20 // of warnings in an answer

// A warningList keeps different warnings in order of appearance.
type warningList struct {
	kept  []string
	seen  map[string]bool
	count int // of the server's, with repetitions
}

// add takes one of the server's.
func (l *warningList) add(code int64, message string) {
	l.count++
	l.note(fmt.Sprintf("%d: %s", code, message))
}

// note takes one of ours.
func (l *warningList) note(line string) {
	line = strings.Join(strings.Fields(line), " ")
	if l.seen[line] {
		return
	}
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	l.seen[line] = true
	l.kept = append(l.kept, line)
}

func (l *warningList) lines() []string {
	if len(l.kept) <= maxLines {
		return l.kept
	}
	return append(l.kept[:maxLines-1:maxLines-1], fmt.Sprintf("and %d more", len(l.kept)-maxLines+1))
}
