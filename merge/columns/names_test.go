// A column's name is matched exactly first, then without regard to case, and each column
// matches once.

package columns

import (
	"fmt"
	"slices"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

func columnsOf(names ...string) (columns []row.Column) {
	for _, n := range names {
		columns = append(columns, row.Column{Name: n})
	}
	return columns
}

func TestNamesMatchExactlyBeforeTheyMatchInAnotherCase(t *testing.T) {
	for _, c := range []struct {
		result, own []string
		places      string
		loose       string
	}{
		{[]string{"id", "A", "a"}, []string{"id", "a", "A"}, "[0 2 1]", "[]"},
		{[]string{"A", "a"}, []string{"a"}, "[1]", "[]"},
		{[]string{"A"}, []string{"a"}, "[0]", "[0]"},
		{[]string{"A"}, []string{"a", "A"}, "[-1 0]", "[]"},
		{[]string{"Ab", "aB"}, []string{"ab", "AB", "abc"}, "[0 1 -1]", "[0 1]"},
		{[]string{"a"}, []string{"A", "ä"}, "[0 -1]", "[0]"},
		{[]string{"Ä"}, []string{"ä"}, "[0]", "[0]"},
		{nil, []string{"a"}, "[-1]", "[]"},
	} {
		places, loose := indexOf(columnsOf(c.result...)).match(columnsOf(c.own...), 0)
		if fmt.Sprint(places) != c.places || fmt.Sprint(loose) != c.loose {
			t.Errorf("%q in %q: %v, %v", c.own, c.result, places, loose)
		}
	}
	if places, _ := indexOf(columnsOf("source", "a")).match(columnsOf("SOURCE", "a"), 1); !slices.Equal(places, []int{-1, 1}) {
		t.Errorf("the source column was matched: %v", places)
	}
}

func TestATermFindsTheColumnOfItsOwnCase(t *testing.T) {
	s := &row.Schema{Columns: columnsOf("id", "A", "a", "Name")}
	for name, want := range map[string]int{"a": 2, "A": 1, "ID": 0, "name": 3} {
		if at, err := (Term{Name: name}).Find(s); at != want || err != nil {
			t.Errorf("%s is found at %d (%v), want %d", name, at, err, want)
		}
	}
	_, err := (Term{Name: "ab"}).Find(&row.Schema{Columns: columnsOf("Ab", "aB")})
	if err == nil || err.Error() != `column "ab" could be "Ab" or "aB": give its name in its own case` {
		t.Error(err)
	}
}
