// Logical tables: their syntax in the file, and the SQL for each source.

package config

import (
	"errors"
	"strings"
	"testing"
)

const withTables = `sources:
  eu: {url: "postgres://r@eu/shop", tags: [old]}
  us: {url: "mysql://r@us/shop", tags: [old, new]}
  shop-1: {url: "mysql://r@a/shop", tags: [new]}
  shop-2: sqlite:two.db
  shards: "sqlite:shards/*.db"
tables:
  orders:
    sql: select id from orders
    variants:
      eu: select no as id from ordini
      "shop-*": select 1 as id
      tag:old: select 2 as id
      mysql: select 3 as id
  Plain: |
    select *
    from plain
  some: {variants: {shards: select 4 as id}}
`

func TestTheTextOfATableIsThatOfTheNearestVariant(t *testing.T) {
	c := mustLoad(t, withTables, "conf/shards/2024.db")
	orders, ok := c.Table("ORDERS")
	some, found := c.Table("some")
	if !ok || !found || len(c.Tables) != 3 || c.Tables[1].SQL != "select *\nfrom plain\n" {
		t.Fatalf("the tables are %+v", c.Tables)
	}
	for _, want := range []struct {
		table  Table
		source string
		sql    string
		of     string
		line   int
	}{
		{orders, "eu", "select no as id from ordini", "eu", 11}, // the source's own entry takes precedence over that of its tag
		{orders, "us", "select 2 as id", "tag:old", 13},         // a tag takes precedence over a dialect
		{orders, "shop-1", "select 1 as id", "shop-*", 12},      // a pattern takes precedence over a dialect
		{orders, "shop-2", "select 1 as id", "shop-*", 12},      //
		{orders, "shards/2024", "select id from orders", "", 9}, // the table's own SQL
		{some, "shards/2024", "select 4 as id", "shards", 18},   // the entry of the config that found the source
		{some, "eu", "", "", 18},
	} {
		for _, s := range c.Sources {
			if s.Name != want.source {
				continue
			}
			if v, err := c.Of(want.table, s); v.SQL != want.sql || v.For != want.of || v.Text.Line != want.line || err != nil {
				t.Errorf("%s at %s is %+v, %v", want.table.Name, s.Name, v, err)
			}
		}
	}
	if wrong := c.TableFaults(); len(wrong) > 0 {
		t.Errorf("faults: %v", wrong)
	}
	v := orders.Variants[0]
	if v.Pos != in(11, 7) || v.Text != in(11, 11) || orders.Pos != in(8, 3) || orders.Text != in(9, 10) {
		t.Errorf("the places are %v %v %v %v", v.Pos, v.Text, orders.Pos, orders.Text)
	}
}

func TestErrorsInTablesHaveTheirPositions(t *testing.T) {
	for text, want := range map[string]string{
		"tables: [a]":                               "1:9: tables: not a mapping of names to values: write each as NAME: VALUE",
		"tables:\n  a: {}":                          "2:3: table a: it has neither sql nor variants",
		"tables:\n  a: ' '":                         "2:6: table a: its sql is empty",
		"tables:\n  a: {sqll: x}":                   `2:7: table a: unknown key "sqll": did you mean "sql"?`,
		"tables:\n  a.b: select 1":                  `2:3: table "a.b": a name has letters, digits and _`,
		"tables:\n  1a: select 1":                   `2:3: table "1a": a name has letters, digits and _`,
		"tables:\n  a: select 1\n  A: select 2":     "3:3: table A: the name is already on line 2, and case does not matter",
		"tables:\n  a: {variants: {x y: select 1}}": `2:18: table a: variant "x y": it is for a source, a pattern of names, tag:NAME or a dialect`,
		"tables:\n  a: {variants: {mysql: ''}}":     "2:25: table a: variant mysql: its sql is empty",
	} {
		_, err := load(t, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestVariantsOfTablesAreForSources(t *testing.T) {
	head, _, _ := strings.Cut(withTables, "  shards:")
	for variants, want := range map[string]string{
		"uk: select 1":                         `9:7: table t: variant uk: unknown source "uk"`,
		"tag:odl: select 1":                    "9:7: table t: variant tag:odl: no source has the tag",
		"tag:old: select 1\ntag:new: select 2": "10:7: table t: variants tag:old and tag:new are both for source us: give it one by its name",
		"shop-*: select 1\nsho*: select 2":     "10:7: table t: variants shop-* and sho* are both for source shop-1",
		"mysql: select 1\nmariadb: select 2":   "10:7: table t: variants mysql and mariadb are both for source us",
	} {
		c := mustLoad(t, head+"tables:\n  t:\n    variants:\n      "+strings.ReplaceAll(variants, "\n", "\n      ")+"\n")
		err := errors.Join(c.TableFaults()...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", variants, err, want)
		}
	}
}
