package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
)

var (
	pg   = sources.Dialects.Named("postgres")
	my   = sources.Dialects.Named("mysql")
	lite = sources.Dialects.Named("sqlite")
)

func TestTypesThatAreTheSame(t *testing.T) {
	for _, c := range []struct {
		a    *driver.Dialect
		inA  string
		b    *driver.Dialect
		inB  string
		same bool
	}{
		{pg, "bigint", my, "bigint", true},
		{pg, "bigint", my, "bigint(20)", true},
		{pg, "bigint", my, "bigint unsigned", false},
		{pg, "bigint", my, "int(11)", false},
		{pg, "bigint", lite, "INTEGER", true},
		{pg, "boolean", my, "tinyint(1)", true},
		{pg, "boolean", lite, "INTEGER", true},
		{pg, "boolean", lite, "TEXT", false},
		{pg, "numeric(12,2)", my, "decimal(12,2)", true},
		{pg, "numeric(12,2)", my, "decimal(12,3)", false},
		{pg, "numeric(12,2)", lite, "NUMERIC", true},
		{pg, "numeric(12,2)", lite, "real", true},
		{pg, "numeric", my, "decimal(10,0)", false},
		{pg, "double precision", my, "double", true},
		{pg, "real", my, "double", false},
		{pg, "text", my, "longtext", true},
		{pg, "text", my, "varchar(20)", false},
		{pg, "character varying(20)", my, "varchar(20)", true},
		{pg, "character(3)", my, "char(3)", true},
		{pg, "character(3)", my, "varchar(3)", false},
		{pg, "timestamp(3) without time zone", my, "datetime(3)", true},
		{pg, "timestamp without time zone", my, "datetime", false}, // PostgreSQL has microseconds, MySQL has none
		{pg, "timestamp with time zone", my, "timestamp(6)", true},
		{pg, "timestamp with time zone", my, "datetime(6)", false},
		{pg, "timestamp with time zone", lite, "text", true}, // SQLite has no better type
		{pg, "timestamp with time zone", lite, "DATETIME", true},
		{pg, "timestamp with time zone", lite, "INTEGER", false},
		{pg, "bytea", my, "longblob", true},
		{pg, "bytea", lite, "BLOB", true},
		{pg, "jsonb", my, "json", true},
		{pg, "jsonb", lite, "TEXT", true},
		{pg, "uuid", my, "char(36)", false},
		{pg, "tsvector", my, "text", false},
		{pg, "tsvector", lite, "text", true},
		{pg, "point", my, "point", true},
		{pg, "integer", pg, "bigint", false},
		{pg, "character varying(20)", pg, "character varying(30)", false},
		{pg, "text", pg, "character varying", false},
		{pg, "money", pg, "money", true},
		{my, "int(11)", my, "int", true},
		{my, "int(11) unsigned", my, "int(11)", false},
		{my, "bigint(20)", my, "int(11)", false},
		{my, "enum('a','b')", my, "enum('a','c')", false},
		{my, "decimal(10,2)", my, "decimal(10,3)", false},
		{lite, "INTEGER", lite, "integer", true},
		{lite, "INTEGER", lite, "INT", false},
		{lite, "", my, "datetime", true},
	} {
		for _, turned := range []bool{false, true} {
			a, inA, b, inB := c.a, c.inA, c.b, c.inB
			if turned {
				a, inA, b, inB = b, inB, a, inA
			}
			if got := catalog.SameType(a, inA, b, inB); got != c.same {
				t.Errorf("%s %s and %s %s are the same: %v", a, inA, b, inB, got)
			}
		}
	}
}

// shop returns the catalog with which others are compared.
func shop(change func(*catalog.Table)) catalog.Database {
	orders := catalog.Table{Schema: "public", Name: "orders", Visible: true, Kind: catalog.Plain, Columns: []catalog.Column{
		{Name: "id", Type: "bigint", Key: 1}, {Name: "total", Type: "numeric(12,2)", Nullable: true}, {Name: "note", Type: "text", Nullable: true},
	}, Indexes: []catalog.Index{{Name: "orders_total", Columns: []string{"total"}}, {Name: "orders_note_key", Unique: true, Columns: []string{"note"}}}}
	change(&orders)
	return catalog.Database{Source: "eu", Dialect: pg, Tables: []catalog.Table{orders}}
}

func TestWhatDiffers(t *testing.T) {
	base := shop(func(*catalog.Table) {})
	for name, c := range map[string]struct {
		change func(*catalog.Table)
		want   []string
	}{
		"nothing":                     {func(*catalog.Table) {}, nil},
		"rows, comments and defaults": {func(o *catalog.Table) { o.Rows, o.Comment, o.Columns[1].Default = 7, "x", "0" }, nil},
		"names of indexes":            {func(o *catalog.Table) { o.Indexes[0].Name = "other" }, nil},
		"case":                        {func(o *catalog.Table) { o.Name, o.Columns[0].Name = "Orders", "ID" }, nil},
		"the schema":                  {func(o *catalog.Table) { o.Schema = "shop" }, nil},
		"the order of columns":        {func(o *catalog.Table) { slices.Reverse(o.Columns) }, nil},
		"another table":               {func(o *catalog.Table) { o.Name = "sales" }, []string{"table orders is missing", "table sales is not in the baseline"}},
		"a table that is not visible": {func(o *catalog.Table) { o.Visible = false }, []string{"table orders is missing", "table public.orders is not in the baseline"}},
		"a view":                      {func(o *catalog.Table) { o.Kind = catalog.View }, []string{"kind of orders is view, not table"}},
		"partitions":                  {func(o *catalog.Table) { o.Kind = catalog.Partitioned }, []string{"kind of orders is partitioned table, not table"}},
		"a column less":               {func(o *catalog.Table) { o.Columns = o.Columns[:2] }, []string{"column orders.note is missing"}},
		"a column more":               {func(o *catalog.Table) { o.Columns = append(o.Columns, catalog.Column{Name: "a.b", Type: "text"}) }, []string{`column orders."a.b" is not in the baseline`}},
		"a type":                      {func(o *catalog.Table) { o.Columns[1].Type = "real" }, []string{"type of orders.total is real, not numeric(12,2)"}},
		"nullability":                 {func(o *catalog.Table) { o.Columns[1].Nullable = false }, []string{"orders.total may not be NULL, and may in the baseline"}},
		"NULL in a key":               {func(o *catalog.Table) { o.Columns[0].Nullable = true }, nil},
		"the key":                     {func(o *catalog.Table) { o.Columns[2].Key = 2 }, []string{"key of orders is (id, note), not (id)"}},
		"no key":                      {func(o *catalog.Table) { o.Columns[0].Key = 0 }, []string{"key of orders is none, not (id)"}},
		"an index less and one more":  {func(o *catalog.Table) { o.Indexes[0].Columns = []string{"total desc"} }, []string{"index of orders (total) is missing", "index of orders (total desc) is not in the baseline"}},
		"an index that is unique":     {func(o *catalog.Table) { o.Indexes[0].Unique = true }, []string{"index of orders (total) is missing", "index of orders unique (total) is not in the baseline"}},
		"an index that is partial":    {func(o *catalog.Table) { o.Indexes[1].Partial = true }, []string{"index of orders unique (note) is missing", "index of orders unique (note) partial is not in the baseline"}},
		"the same index under a twin": {func(o *catalog.Table) {
			o.Indexes = append(o.Indexes, catalog.Index{Name: "twin", Columns: []string{"total"}})
		}, []string{"index of orders (total) is not in the baseline"}},
		"columns that differ in case":  {func(o *catalog.Table) { o.Columns = append(o.Columns, catalog.Column{Name: "ID", Type: "text"}) }, []string{"column orders.ID is not in the baseline"}},
		"a name that is spelled alike": {func(o *catalog.Table) { o.Columns[2].Name = "Note" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range catalog.Compare(base, shop(c.change)) {
				got = append(got, d.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			back := catalog.Compare(shop(c.change), base)
			if len(back) != len(c.want) {
				t.Errorf("the other way round there are %d: %v", len(back), back)
			}
		})
	}
}

func TestASavedSchemaIsTheSame(t *testing.T) {
	base := shop(func(*catalog.Table) {})
	twin, other := base, shop(func(o *catalog.Table) { o.Name = "sales" })
	twin.Source, other.Source = "us", "paris"
	saved, err := catalog.Save([]catalog.Database{base, other, twin})
	if err != nil {
		t.Fatal(err)
	}
	if len(saved.Schemas) != 2 || !slices.Equal(saved.Schemas[0].Sources, []string{"eu", "us"}) {
		t.Errorf("sources with one schema do not share it: %+v", saved.Schemas)
	}
	text, err := saved.JSON()
	if err != nil {
		t.Fatal(err)
	}
	b := load(t, string(text), "")
	for _, d := range []catalog.Database{base, twin, other} {
		with, err := b.Of(d.Source, catalog.Scope{})
		if err != nil {
			t.Error(err)
		} else if found := catalog.Compare(with, d); len(found) != 0 {
			t.Errorf("%s: %v", d.Source, found)
		}
	}
	if _, err := b.Of("pariss", catalog.Scope{}); err == nil || err.Error() != `the baseline has no schema of pariss: did you mean "paris"?` {
		t.Error(err)
	}
	only, _ := catalog.ParsePattern("nothing")
	if with, err := b.Of("eu", catalog.Scope{Tables: []catalog.Pattern{only}}); err != nil || len(with.Tables) != 0 {
		t.Errorf("a pattern does not choose in the file: %v, %v", with.Tables, err)
	}
	if with, _ := b.Of("eu", catalog.Scope{}); len(with.Tables) != 1 {
		t.Errorf("choosing has changed the baseline: %v", with.Tables)
	}
}

func TestFilesThatAreNotSchemas(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "no schema that `fanql schema` has saved",
		"id,total\n":          "no schema that `fanql schema` has saved",
		"[]":                  "no schema that `fanql schema` has saved",
		`{"version": 1}`:      "no schema that `fanql schema` has saved",
		`{"fanql_schema": 2}`: "saved by a newer fanql (its version is 2, and this one reads 1)",
		`{"fanql_schema": 1}`: "the schema of no source",
		`{"fanql_schema": 1, "schemas": [{"kind": "oracle", "sources": ["a"]}]}`: `a schema of kind "oracle", which is not known here`,
		`{"fanql_schema": 1, "schemas": [{"kind": "sqlite", "sources": []}]}`:    "the schema of no source",
		`{"fanql_schema": 1, "schemas": [{"kind": 7}]}`:                          "no schema that can be read: schemas.kind cannot be a number",
	} {
		load(t, text, want)
	}
}

// load reads the text as a file. If want is not empty, the error must contain it.
func load(t *testing.T, text, want string) catalog.Baseline {
	t.Helper()
	path := t.TempDir() + "/schema.json"
	write(t, path, text)
	b, err := catalog.Load(path, sources.Dialects)
	switch {
	case want == "" && err != nil:
		t.Fatal(err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: %v, want %q", text, err, want)
	}
	return b
}
