package loading_test

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/loading"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// columnsOf returns columns of text with these names. A ! after a name makes the column required,
// and a = makes it computed.
func columnsOf(names ...string) (all []load.Column) {
	for _, name := range names {
		c := load.Column{Name: strings.TrimRight(name, "!="), Type: "text", Kind: row.Text}
		c.NotNull = strings.HasSuffix(name, "!")
		c.Required, c.Computed = c.NotNull, strings.HasSuffix(name, "=")
		all = append(all, c)
	}
	return all
}

func schemaOf(names ...string) *row.Schema {
	s := &row.Schema{}
	for _, name := range names {
		s.Columns = append(s.Columns, row.Column{Name: name, Type: row.Text})
	}
	return s
}

func TestColumnsAreFoundByName(t *testing.T) {
	for name, c := range map[string]struct {
		table, rows []string
		o           loading.Options
		columns     string // the columns of the table, in the order of the rows
		notes, err  string
	}{
		"all of them":                       {table: []string{"a", "b"}, rows: []string{"b", "a"}, columns: "b a"},
		"in another case":                   {table: []string{"A"}, rows: []string{"a"}, columns: "A", notes: "case"},
		"the exact name is first":           {table: []string{"A", "a"}, rows: []string{"a"}, columns: "a", notes: `the rows have no "A"`},
		"one with a default":                {table: []string{"a", "b"}, rows: []string{"a"}, columns: "a", notes: `the rows have no "b": the table's default is used`},
		"one without a default":             {table: []string{"a", "b!"}, rows: []string{"a"}, err: `it needs a value for "b", which the rows lack`},
		"one that the table lacks":          {table: []string{"amount"}, rows: []string{"amuont"}, err: `it has no column "amuont" (did you mean "amount"?)`},
		"several":                           {table: []string{"x"}, rows: []string{"aa", "bb"}, err: `it has no columns "aa", "bb"`},
		"a computed column in the rows":     {table: []string{"a", "b="}, rows: []string{"a", "b"}, err: `its column "b" is computed by the database: leave it out of the query`},
		"a computed column not in the rows": {table: []string{"a", "b="}, rows: []string{"a"}, columns: "a"},
		"the key":                           {table: []string{"k", "a"}, rows: []string{"a"}, o: loading.Options{Key: []string{"k"}}, err: `column "k" of the key is not in the rows, which have a`},
		"a hidden source":                   {table: []string{"a"}, rows: []string{"source", "a"}, o: loading.Options{Hidden: true}, columns: "a"},
		"a source":                          {table: []string{"a", "source"}, rows: []string{"source", "a"}, o: loading.Options{SourceColumn: "source"}, columns: "source a"},
		"a source without a column":         {table: []string{"a"}, rows: []string{"shop", "a"}, o: loading.Options{SourceColumn: "shop"}, err: `it has no column "shop" for the source's name: source-column names another, no-source-column leaves it out`},
		"none":                              {table: []string{"a"}, rows: []string{"source"}, o: loading.Options{Hidden: true}, err: "the rows have no column"},
	} {
		t.Run(name, func(t *testing.T) {
			f, notes, err := loading.Match(load.Table{Name: "t", Columns: columnsOf(c.table...)}, schemaOf(c.rows...), c.o)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("the error is %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for i, column := range f.Columns() {
				if found = append(found, column.Name); f.Schema().Columns[i].Name != column.Name || f.Schema().Columns[i].Type != row.Text {
					t.Errorf("the schema has %v", f.Schema().Columns[i])
				}
			}
			if got := strings.Join(found, " "); got != c.columns {
				t.Errorf("the columns are %s, want %s", got, c.columns)
			}
			if got := strings.Join(notes, "; "); !strings.Contains(got, c.notes) || c.notes == "" && got != "" {
				t.Errorf("the notes are %q, want %q", got, c.notes)
			}
			if len(f.Mapping()) != len(found) {
				t.Errorf("the mapping is %q", f.Mapping())
			}
		})
	}
}
