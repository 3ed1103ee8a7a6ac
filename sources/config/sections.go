// Removes the sections that are not needed from a config's text.

package config

import (
	"bytes"
	"slices"
)

// sections returns a config's text in which the lines below other top-level keys are empty,
// so that all others keep their places. A text with anchors stays as it is.
func sections(text []byte, keys []string) []byte {
	for _, anchor := range []string{" &", "<<"} {
		if bytes.Contains(text, []byte(anchor)) {
			return text
		}
	}
	kept := make([]byte, 0, len(text))
	wanted := true
	for line := range bytes.Lines(text) {
		if key, _, ok := bytes.Cut(line, []byte(":")); ok && isKey(key) {
			wanted = slices.Contains(keys, string(key))
		}
		switch {
		case wanted:
			kept = append(kept, line...)
		case bytes.HasSuffix(line, []byte("\n")):
			kept = append(kept, '\n')
		}
	}
	return kept
}

// isKey reports whether a line's beginning is a key without an indentation.
func isKey(b []byte) bool {
	for _, c := range b {
		if c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(b) > 0
}
