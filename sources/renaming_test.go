package sources

import (
	"context"
	"slices"
	"testing"

	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// answering is a source whose result has the given columns.
type answering struct {
	listing
	columns []string
}

func (a answering) Run(_ context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	p.Enter(driver.Stream)
	s := &row.Schema{}
	for _, name := range a.columns {
		s.Columns = append(s.Columns, row.Column{Name: name, Type: row.Int})
	}
	return driver.Answer{Warnings: []string{"of the server"}}, emit(row.NewBatch(s))
}

func TestColumnsAreRenamed(t *testing.T) {
	for name, c := range map[string]struct {
		columns, want []string
		warning, err  string
	}{
		"a name":                   {[]string{"id", "total"}, []string{"id", "amount"}, "", ""},
		"in another case":          {[]string{"id", "TOTAL"}, []string{"id", "amount"}, "", ""},
		"exactly, before any case": {[]string{"Total", "total"}, []string{"Total", "amount"}, "", ""},
		"the common name is there": {[]string{"id", "Amount"}, []string{"id", "Amount"}, "", ""},
		"neither is":               {[]string{"id"}, []string{"id"}, `f.yaml:1:2: columns: its result has neither "total" nor "amount"`, ""},
		"both are":                 {[]string{"total", "AMOUNT"}, nil, "", `f.yaml:1:2: columns: its result has both "total" and "amount"`},
	} {
		source := renaming{answering{columns: c.columns}, []config.Rename{{From: "total", To: "amount", At: "f.yaml:1:2"}}}
		var got []string
		take := func(b *row.Batch) error {
			for _, col := range b.Schema.Columns {
				got = append(got, col.Name)
			}
			return drop(b)
		}
		answer, err := source.Run(context.Background(), driver.Request{}, new(driver.Progress), take)
		if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := []string{"of the server"}
		if c.warning != "" {
			want = append(want, c.warning)
		}
		if !slices.Equal(got, c.want) || err == nil && !slices.Equal(answer.Warnings, want) {
			t.Errorf("%s: got %q with %q, want %q", name, got, answer.Warnings, c.want)
		}
		got = nil
		if _, err := source.Run(context.Background(), driver.Request{Verbatim: true}, new(driver.Progress), take); err != nil || !slices.Equal(got, c.columns) {
			t.Errorf("%s: as it is: %q, %v", name, got, err)
		}
	}
}

func TestNamesCanBeExchanged(t *testing.T) {
	source := renaming{answering{columns: []string{"a", "b"}}, []config.Rename{{From: "a", To: "b"}, {From: "b", To: "a"}}}
	var got []string
	_, err := source.Run(context.Background(), driver.Request{}, new(driver.Progress), func(b *row.Batch) error {
		got = append(got, b.Schema.Columns[0].Name, b.Schema.Columns[1].Name)
		return drop(b)
	})
	if err != nil || !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("%q, %v", got, err)
	}
}
