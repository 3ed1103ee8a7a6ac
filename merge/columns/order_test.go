// Orders as users write them.

package columns

import (
	"fmt"
	"testing"
)

func TestOrdersAreRead(t *testing.T) {
	for text, want := range map[string]Order{
		"id":                                 {{Name: "id"}},
		"placed_at desc, id":                 {{Name: "placed_at", Descending: true, NullsFirst: true}, {Name: "id"}},
		`2 DESC NULLS LAST,"a ""b"", c" Asc`: {{Place: 2, Descending: true}, {Name: `a "b", c`}},
		"name nocase nulls first":            {{Name: "name", Fold: true, NullsFirst: true}},
		"\t名\n desc nulls first nocase , count(*)": {{Name: "名", Descending: true, NullsFirst: true, Fold: true}, {Name: "count(*)"}},
		`"1", "desc"`: {{Name: "1"}, {Name: "desc"}},
	} {
		got, err := ParseOrder(text)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v (%v)", text, got, want, err)
		}
	}
}

func TestInvalidOrders(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "a column is missing: give names or places with commas between",
		"id,":                       "a column is missing: give names or places with commas between",
		",id":                       "a column is missing: give names or places with commas between",
		"0":                         "0: places are counted from 1",
		"-1 desc":                   "-1: places are counted from 1",
		`"id`:                       `"id: the closing quote is missing`,
		`""`:                        `"": a name is missing`,
		"id decs":                   `"id": unknown word "decs": did you mean desc?`,
		"id, b descending":          `"b": unknown word "descending": give asc or desc, nocase, nulls first or nulls last, or a comma before the next column`,
		`id "b"`:                    `a comma is missing before "b"`,
		"id asc desc":               `"id": one of asc and desc, one of nulls first and nulls last, and nocase, each once`,
		"2 nulls":                   `2: one of asc and desc, one of nulls first and nulls last, and nocase, each once`,
		"id nocase nocase":          `"id": one of asc and desc, one of nulls first and nulls last, and nocase, each once`,
		"id nulls last nulls first": `"id": one of asc and desc, one of nulls first and nulls last, and nocase, each once`,
	} {
		if _, err := ParseOrder(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
	if _, err := ParseColumns("id desc"); err == nil || err.Error() != `"id": give columns only` {
		t.Errorf("columns: %v", err)
	}
}
