package watching_test

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/watching"
	"github.com/fanql/fanql/testdata/testrow"
)

// kept returns the rows of a round.
func kept(t *testing.T, o output.Options, rows ...[]testrow.Fill) *watching.Rows {
	t.Helper()
	r := &watching.Rows{}
	w := r.Writer(o)
	for _, b := range batches(t, rows...) {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	return r
}

// marked writes a round without its header, with the marks.
func marked(t *testing.T, r *watching.Rows, m watching.Marks) string {
	t.Helper()
	table, _ := output.Formats.ByName("table")
	var b strings.Builder
	if _, err := r.Paint(&b, table, 0, m.At); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatHasChangedIsMarked(t *testing.T) {
	type rows = [][]testrow.Fill
	for _, c := range []struct {
		name        string
		before, now rows
		answered    []string // the sources that answered now
		want        string
		cells       int
	}{
		{"nothing", rows{one("eu", 1, "a")}, rows{one("eu", 1, "a")}, []string{"eu"}, " eu | 1 | a\n", 0},
		{"the only row of each source", rows{one("eu", 1, "a"), one("us", 2, "b")}, rows{one("eu", 3, "a"), one("us", 2, "c")}, []string{"eu", "us"}, " eu | 3*| a\n us | 2 | c*\n", 2},
		{"to NULL", rows{one("eu", 1, "a")}, rows{{testrow.Text("eu"), testrow.Null, testrow.Text("a")}}, []string{"eu"}, " eu | NULL*| a\n", 1},
		{
			"a row that comes first: the others are told by their text",
			rows{one("eu", 1, "b"), one("eu", 1, "c")},
			rows{one("eu", 1, "a"), one("eu", 1, "b"), one("eu", 2, "c")},
			[]string{"eu"},
			" eu | 1*| a*\n eu | 1 | b\n eu | 2*| c\n", 3,
		},
		{
			"rows that change places: they are told by their number",
			rows{one("eu", 1, "open"), one("eu", 2, "open"), one("eu", 3, "open")},
			rows{one("eu", 3, "open"), one("eu", 2, "done"), one("eu", 1, "open")},
			[]string{"eu"},
			" eu | 3 | open\n eu | 2 | done*\n eu | 1 | open\n", 1,
		},
		{"rows of a source that had none", rows{one("eu", 1, "a")}, rows{one("eu", 1, "a"), one("us", 2, "b")}, []string{"eu", "us"}, " eu | 1 | a\n us | 2*| b*\n", 2},
	} {
		changes := watching.Changes{Source: "source"}
		if first := changes.Next(kept(t, output.Options{NoHeader: true}, c.before...), []string{"eu", "us"}); first.Cells != 0 {
			t.Errorf("%s: the first round has %d changes, want none", c.name, first.Cells)
		}
		now := kept(t, output.Options{NoHeader: true}, c.now...)
		m := changes.Next(now, c.answered)
		if got := marked(t, now, m); got != c.want || m.Cells != c.cells {
			t.Errorf("%s: %d changes\n%swant %d\n%s", c.name, m.Cells, got, c.cells, c.want)
		}
	}
}

func TestASourceThatWasMissingIsComparedWithItsLastRows(t *testing.T) {
	changes := watching.Changes{Source: "source"}
	changes.Next(kept(t, output.Options{}, one("eu", 1, "a"), one("us", 1, "a")), []string{"eu", "us"})
	changes.Next(kept(t, output.Options{}, one("eu", 1, "a")), []string{"eu"})
	now := kept(t, output.Options{NoHeader: true}, one("eu", 1, "a"), one("us", 2, "a"))
	if got := marked(t, now, changes.Next(now, []string{"eu", "us"})); got != " eu | 1 | a\n us | 2*| a\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestTimesOfAPingAreNotMarked(t *testing.T) {
	changes := watching.Changes{Source: "source", Unmarked: []string{"n"}}
	changes.Next(kept(t, output.Options{}, one("eu", 1, "ok")), []string{"eu"})
	now := kept(t, output.Options{NoHeader: true}, one("eu", 2, "failed"))
	if got := marked(t, now, changes.Next(now, []string{"eu"})); got != " eu | 2 | failed*\n" {
		t.Errorf("got %q", got)
	}
}

func TestRowsThatTakeTooMuchMemoryAreAnError(t *testing.T) {
	r := &watching.Rows{Most: 100}
	var err error
	for range 10 {
		err = r.Add(batches(t, one("eu", 1, "some text"))[0])
	}
	if err == nil || !strings.Contains(err.Error(), "100 B") {
		t.Errorf("got %v", err)
	}
}
