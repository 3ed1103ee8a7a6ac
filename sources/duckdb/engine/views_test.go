package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestTheListOfViewsIsDuckDBs(t *testing.T) {
	db := opened(t, Options{})
	text, err := db.Value("select string_agg(distinct lower(view_name), ' ') from duckdb_views() where internal")
	if err != nil {
		t.Fatal(err)
	}
	want, got := strings.Fields(text), strings.Fields(internalViewNames)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the list has\n%s\nand DuckDB\n%s", strings.Join(got, " "), strings.Join(want, " "))
	}
}
