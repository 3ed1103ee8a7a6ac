package catalog_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/row"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// read reads rows, each written with | between its cells. Missing cells at the end are
// NULL.
func read(width int, rows ...string) ([]catalog.Table, error) {
	schema := &row.Schema{Columns: make([]row.Column, width)}
	return catalog.Read(func(emit row.Emit) error {
		for _, r := range rows { // one row in each batch
			b := row.NewBatch(schema)
			cells := strings.Split(r, "|")
			for i := range width {
				if i >= len(cells) || cells[i] == "" {
					b.Null()
				} else {
					b.TextString(cells[i])
				}
			}
			b.EndRow()
			if err := emit(b); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestRowsComeInAnyOrder(t *testing.T) {
	rows := []string{
		"table|public|orders|1|table|7||||||about them",
		"column|public|orders|1|identity|1|id|bigint|0|1",
		"column|public|orders|1||2|note|text|1||'x'|c|de (nondeterministic)|UTF8",
		"index|public|orders|1|unique partial|2|by_note|id desc",
		"index|public|orders|1|unique partial|1|by_note|note",
		"table|sales|a|0|view",
		"column|public|gone|1||1|id|int|1",
	}
	want := []catalog.Table{
		{Schema: "public", Name: "orders", Visible: true, Kind: catalog.Plain, Rows: 7, Comment: "about them", Columns: []catalog.Column{
			{Name: "id", Type: "bigint", Key: 1, Extra: "identity"},
			{Name: "note", Type: "text", Nullable: true, Default: "'x'", Comment: "c", Collation: "de", Charset: "UTF8", Nondeterministic: true},
		}, Indexes: []catalog.Index{{Name: "by_note", Unique: true, Partial: true, Columns: []string{"note", "id desc"}}}},
		{Schema: "sales", Name: "a", Kind: catalog.View, Rows: -1},
	}
	for range 2 {
		got, err := read(len(catalog.Fields), rows...)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
		}
		slices.Reverse(rows)
	}
}

func TestAKeyMayComeAsAnIndex(t *testing.T) {
	got, err := read(len(catalog.Fields), "index|s|t|1|primary|1|PRIMARY|b", "index|s|t|1|primary|2|PRIMARY|a",
		"table|s|t|1|table", "column|s|t|1||1|a|int|0", "column|s|t|1||2|b|int|0")
	if err != nil || len(got) != 1 || got[0].Key() != "(b, a)" || len(got[0].Indexes) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRowsThatAreNotACatalog(t *testing.T) {
	if _, err := read(3, "table|a|b"); err == nil || err.Error() != "a catalogue has 14 columns, and this has 3" {
		t.Error(err)
	}
	if _, err := read(len(catalog.Fields), "trigger|a|b"); err == nil || !strings.Contains(err.Error(), `"trigger"`) {
		t.Error(err)
	}
}
