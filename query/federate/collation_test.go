// Collations of text columns of logical tables in PostgreSQL.

package federate

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// How a text is compared depends on its column's collation, which an inspection finds. If
// the collation is deterministic, the source can use an index of the table, and keys can be
// sent.
func TestALogicalTablesTextsAreComparedByTheirCollation(t *testing.T) {
	const text = "select no as id, town as region from lt"
	for answer, want := range map[string]string{
		`"default"`:                       `("t"."region" = 'eu')`,
		`public."any case"`:               `("t"."region" = 'eu')`,
		`public.loose (nondeterministic)`: `(("t"."region" collate "C") = ('eu' collate "C"))`,
		"":                                `(("t"."region" collate "C") = ('eu' collate "C"))`,
	} {
		o := Options{Sources: fleetOfThree[:1], Logical: func(string) ([]driver.Request, error) { return []driver.Request{{SQL: text}}, nil }}
		p, err := read(t, o, "select id from towns where region = 'eu'")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range p.Definitions(0) {
			p.Described(0, d, []row.Column{{Name: "id", Type: row.Int, Database: "int4"}, {Name: "region", Type: row.Text, Database: "varchar"}})
		}
		p.Found(0, nil)
		if err := p.Match(); err != nil {
			t.Fatal(err)
		}
		inspections := p.Inspections(0)
		if len(inspections) != 1 || !strings.Contains(inspections[0].SQL, `pg_collation_for(t."region")`) || strings.Contains(inspections[0].SQL, `"id"`) {
			t.Fatalf("%v", inspections)
		}
		if err := p.Inspected(0, [][]string{{answer}}); err != nil {
			t.Fatal(err)
		}
		if err := p.Bind(); err != nil {
			t.Fatal(err)
		}
		fragments, err := p.Split()
		if err != nil || len(fragments) != 1 || !strings.HasSuffix(fragments[0].SQL, " where "+want) {
			t.Errorf("%q: %v, %v, want %s", answer, err, fragments[0].SQL, want)
		}
		if p.Inspections(0) != nil {
			t.Errorf("%q is inspected again: %v", answer, p.Inspections(0))
		}
	}
}
