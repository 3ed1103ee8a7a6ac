// Package nearest finds the intended word for a mistyped one, for errors that suggest
// it:
//
//	if known, ok := nearest.Name("sinse", names); ok {
//		err = fmt.Errorf("unknown name %q: did you mean %s?", word, known)
//	}
package nearest

import (
	"fmt"
	"strings"
)

// Name returns the known name that the word is most likely a misspelling of, and
// whether there is one. It accepts at most one slip in three letters, regardless of
// case, where a slip is a letter too many, too few, wrong, or swapped with its
// neighbour. Of equally near names it returns the first.
func Name(word string, known []string) (string, bool) {
	w := []rune(strings.ToLower(word))
	best, slips := "", max(1, len(w)/3)+1
	for _, name := range known {
		k := []rune(strings.ToLower(name))
		if d := distance(w, k); d < slips && d < max(len(w), len(k)) {
			best, slips = name, d
		}
	}
	return best, best != ""
}

// distance counts the slips between a and b (optimal string alignment).
func distance(a, b []rune) int {
	var before []int // the row of a[:i-2]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// List lists names, at most ten of them, and the number of further ones.
func List(names []string) string {
	if len(names) > 11 {
		return strings.Join(names[:10], ", ") + fmt.Sprintf(", and %d more", len(names)-10)
	}
	return strings.Join(names, ", ")
}
