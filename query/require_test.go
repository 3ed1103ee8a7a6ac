// Requirements: their syntax, and the number of sources that they require.

package query

import "testing"

func TestRequirements(t *testing.T) {
	for s, want := range map[string]int{"all": 4, "any": 1, "1": 1, "3": 3, "9": 9, "50%": 2, "51%": 3, "100%": 4, "1%": 1} {
		r, err := ParseRequire(s)
		if err != nil || r.Of(4) != want || r.String() != s {
			t.Errorf("%s of 4 is %d (%v), written %s; want %d", s, r.Of(4), err, r, want)
		}
	}
	for _, s := range []string{"", "0", "-1", "101%", "0%", "most", "1.5", "%"} {
		if _, err := ParseRequire(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}
