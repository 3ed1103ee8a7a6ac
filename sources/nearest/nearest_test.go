// Which misspellings are recognised, and which differ too much.

package nearest

import "testing"

func TestName(t *testing.T) {
	for _, c := range []struct {
		what, word string
		known      []string
		want       string
	}{
		{"a wrong letter", "sinse", []string{"until", "since"}, "since"},
		{"two letters swapped", "mysuql", []string{"postgres", "mysql"}, "mysql"},
		{"a swap counts once", "dtae", []string{"data-base", "date"}, "date"},
		{"a letter missing", "timout", []string{"timeout"}, "timeout"},
		{"a letter too many", "tagss", []string{"tags"}, "tags"},
		{"only the case differs", "EU", []string{"us", "eu"}, "eu"},
		{"letters beyond ASCII", "größse", []string{"größe"}, "größe"},
		{"the nearest of several", "eu-12", []string{"eu-33", "eu-13", "eu-123"}, "eu-13"},
		{"equally near: the first", "eu-0", []string{"eu-1", "eu-2"}, "eu-1"},
		{"two slips in six letters", "formta", []string{"format"}, "format"},
		{"too far", "tomorrow", []string{"since", "until"}, ""},
		{"three slips in six letters are too many", "delete", []string{"select"}, ""},
		{"another single letter is no slip", "a", []string{"b"}, ""},
		{"nothing known", "a", nil, ""},
		{"no word", "", []string{"a"}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, ok := Name(c.word, c.known)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("Name(%q, %q) = %q, %v; want %q", c.word, c.known, got, ok, c.want)
			}
		})
	}
}
