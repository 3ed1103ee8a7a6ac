// Values are returned as they are stored.

package sqlite_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

func TestStoredValuesComeAsTheyAre(t *testing.T) {
	path := file(t, "create table mixed(v)",
		"insert into mixed values (null), (1), (1.5), ('text'), (x'00ff')")
	for _, test := range []struct{ name, sql, want string }{
		{"an integer beyond 2^53", "select 9007199254740993", "integer 9007199254740993"},
		{"the largest integer", "select 9223372036854775807", "integer 9223372036854775807"},
		{"the smallest integer", "select -9223372036854775807 - 1", "integer -9223372036854775808"},
		{"an integer literal beyond int64 is a float in SQLite", "select 9223372036854775808", "float 9.223372036854776e+18"},
		{"a float without a fraction stays a float", "select 2.0", "float 2"},
		{"a float of 17 digits", "select 0.1 + 0.2", "float 0.30000000000000004"},
		{"infinity", "select 9e999", "float Infinity"},
		{"text that looks like a number", "select '007'", "text 007"},
		{"text with NUL inside", "select 'a' || char(0) || 'b'", "text a\x00b"},
		{"text that is not UTF-8", "select cast(x'61ff' as text)", `text a\xff (escaped)`},
		{"text of length 0", "select ''", "text "},
		{"a blob of length 0", "select x''", `bytes \x`},
		{"a blob that would be text", "select x'61'", `bytes \x61`},
		{"NULL", "select null", "null"},
	} {
		t.Run(test.name, func(t *testing.T) { query(t, path, test.sql).want(t, test.want) })
	}
	t.Run("five storage classes in one column", func(t *testing.T) {
		query(t, path, "select v from mixed order by rowid").
			want(t, "null", "integer 1", "float 1.5", "text text", `bytes \x00ff`)
	})
	t.Run("UTF-16 databases", func(t *testing.T) {
		path := file(t, "pragma encoding='UTF-16le'", "create table t(v)", "insert into t values ('aé€😀')")
		query(t, path, "select v from t").want(t, "text aé€😀")
	})
}

func TestTextThatIsNotUTF8IsReportedOnceForEachColumn(t *testing.T) {
	path := file(t, "create table t(a, b, c)",
		"insert into t values (cast(x'61ff' as text), 'fine', x'ff'), (cast(x'fe' as text), cast(x'c3' as text), 'é')")
	r := query(t, path, "select a, b, c from t")
	r.want(t, `text a\xff (escaped)|text fine|bytes \xff`, `text \xfe (escaped)|text \xc3 (escaped)|text é`)
	want := []string{
		`column "a" holds text that is not UTF-8: such bytes are shown as \xNN`,
		`column "b" holds text that is not UTF-8: such bytes are shown as \xNN`,
	}
	if !slices.Equal(r.answer.Warnings, want) {
		t.Errorf("warnings %q, want %q", r.answer.Warnings, want)
	}
}

// mattn's driver would convert these values to times and booleans. The test shows that they
// arrive as they are stored.
func TestDeclaredTypesBendNothing(t *testing.T) {
	for _, test := range []struct{ declared, stored, want string }{
		{"DATETIME", "'not a date'", "text not a date"},
		{"DATETIME", "20200101", "integer 20200101"},
		{"DATETIME", "'2020-02-30'", "text 2020-02-30"},
		{"DATETIME", "'2020-01-31T08:30:00Z'", "text 2020-01-31T08:30:00Z"},
		{"DATETIME", "2459580.5", "float 2.4595805e+06"},
		{"DATE", "'2020-01-31'", "text 2020-01-31"},
		{"DATE", "0", "integer 0"},
		{"TIMESTAMP", "1700000000", "integer 1700000000"},
		{"TIMESTAMP", "1700000000000", "integer 1700000000000"},
		{"BOOLEAN", "2", "integer 2"},
		{"BOOLEAN", "1", "integer 1"},
		{"BOOLEAN", "-1", "integer -1"},
		{"BOOLEAN", "'yes'", "text yes"},
		{"DECIMAL(10,2)", "'12.50'", "float 12.5"}, // SQLite converts it on insert
	} {
		t.Run(test.declared+" "+test.stored, func(t *testing.T) {
			// Two rows, since the driver handles the first one differently.
			path := file(t, "create table t(v "+test.declared+")",
				"insert into t values ("+test.stored+"), ("+test.stored+")")
			r := query(t, path, "select v from t")
			if test.want == "float 2.4595805e+06" {
				test.want = "float 2459580.5"
			}
			r.want(t, test.want, test.want)
			if c := (row.Column{Name: "v", Type: row.Any, Database: strings.ToLower(test.declared), Declared: r.columns[0].Declared}); r.columns[0] != c {
				t.Errorf("column is %+v, want %+v", r.columns[0], c)
			}
		})
	}
}

func TestWhatADeclaredTypeMeans(t *testing.T) {
	for declared, want := range map[string]row.Kind{
		"TEXT": row.Text, "varchar(20)": row.Text, "NATIVE CHARACTER(70)": row.Text, "CLOB": row.Text, "CHARINT": row.Null,
		"DATE": row.Date, "DATETIME": row.Timestamp, "TIMESTAMP": row.Timestamp, "timestamp with time zone": row.Timestamp,
		"TIMESTAMP(6)": row.Timestamp, "TIME": row.Time, "INTEGER": row.Null, "REAL": row.Null, "BLOB": row.Null, "BOOLEAN": row.Null,
		"DECIMAL(10,2)": row.Null, "DATE_OF_BIRTH": row.Null, "": row.Null,
	} {
		r := query(t, file(t, "create table t(v "+declared+")"), "select v, v || '' as w, min(v) as m from t")
		if got := r.columns[0].Declared; got != want || r.columns[1].Declared != row.Null || r.columns[2].Declared != row.Null {
			t.Errorf("%q means %s, want %s; its expressions %s and %s", declared, got, want, r.columns[1].Declared, r.columns[2].Declared)
		}
	}
	r := query(t, file(t, "create table t(v text)", "create view w as select v as x from t"), "select x from w union all select x from w")
	if got := r.columns[0].Declared; got != row.Text {
		t.Errorf("through a view it means %s", got)
	}
}

func TestColumnsKeepTheirNames(t *testing.T) {
	path := file(t, "create table t(id integer, at datetime)")
	r := query(t, path, `select id, at, id, 1+1, 2 as "" from t`)
	want := []row.Column{
		{Name: "id", Type: row.Any, Database: "integer"},
		{Name: "at", Type: row.Any, Database: "datetime", Declared: row.Timestamp},
		{Name: "id", Type: row.Any, Database: "integer"},
		{Name: "1+1", Type: row.Any},
		{Name: "", Type: row.Any},
	}
	if !slices.Equal(r.columns, want) {
		t.Errorf("columns of no rows: %+v, want %+v", r.columns, want)
	}
	if r.batches != 1 || len(r.rows) != 0 {
		t.Errorf("%d batches, %d rows: want one empty batch", r.batches, len(r.rows))
	}
	if want := []driver.Phase{driver.Connect, driver.Query, driver.Stream, driver.Verify}; !slices.Equal(r.phases, want) {
		t.Errorf("phases %v, want %v", r.phases, want)
	}
	if !strings.HasPrefix(r.server, "SQLite 3.") {
		t.Errorf("server is %q", r.server)
	}
}

func TestAColumnNameThatIsNotUTF8IsEscaped(t *testing.T) {
	r := query(t, file(t, "create table t(\"a\xffb\")"), "select * from t")
	if got := r.columns[0].Name; got != `a\xffb` {
		t.Errorf("the name is %q", got)
	}
}

func TestManyRowsAllArriveInOrder(t *testing.T) {
	path := file(t)
	r := query(t, path, "with recursive c(i) as (select 1 union all select i+1 from c where i < 1000) select i from c")
	var want [][]string
	for i := range 1000 {
		want = append(want, []string{fmt.Sprintf("integer %d", i+1)})
	}
	if !reflect.DeepEqual(r.rows, want) || r.batches != 4 {
		t.Errorf("%d rows in %d batches, want 1 to 1000 in 4", len(r.rows), r.batches)
	}
}

// A batch takes several calls into C. It ends when it is full, by its rows or by its bytes.
func TestABatchIsFullByRowsOrByBytes(t *testing.T) {
	path := file(t)
	for _, test := range []struct{ value, rows, full int }{
		{10, 1000, row.MaxRows},
		{10 << 10, 300, 13},
		{2 * row.MaxBytes, 5, 1},
	} {
		sql := fmt.Sprintf("with recursive c(n) as (select 1 union all select n + 1 from c where n < %d) select zeroblob(%d) from c", test.rows, test.value)
		rest := test.rows
		_, err := sqlite.New("test", path).Run(t.Context(), driver.Request{SQL: sql}, new(driver.Progress), func(b *row.Batch) error {
			defer b.Release()
			if got, want := b.Rows(), min(test.full, rest); got != want {
				t.Errorf("%d rows of %d bytes, want %d", got, test.value, want)
			}
			rest -= b.Rows()
			return nil
		})
		if err != nil || rest != 0 {
			t.Errorf("values of %d bytes: %d rows are missing (%v)", test.value, rest, err)
		}
	}
}

func TestEveryTableThatOnlyNeedsReadingCanBeRead(t *testing.T) {
	path := file(t,
		"create virtual table places using rtree(id, x0, x1)", "insert into places values (1, 2, 3)",
		"create virtual table notes using fts4(body)", "insert into notes values ('some words')",
		"create table t(a, b)", "insert into t values (1, 2)", "create index t_a on t(a)",
		"create view v as select a + b as s from t",
		"pragma user_version = 7")
	for _, test := range []struct{ name, sql, want string }{
		{"an R*Tree", "select id, x0 from places where x1 > 2", "integer 1|float 2"},
		{"full text", "select body from notes where notes match 'words'", "text some words"},
		{"a view", "select s from v", "integer 3"},
		{"a window", "select sum(a) over (order by b) from t", "integer 1"},
		{"JSON", "select value from json_each('[5]')", "integer 5"},
		{"values", "values (1, 2)", "integer 1|integer 2"},
		{"a pragma that reads", "pragma user_version", "integer 7"},
		{"a pragma that looks at something", "pragma index_list(t)", "integer 0|text t_a|integer 0|text c|integer 0"},
		{"a pragma as a table", "select name from pragma_table_info('t')", "text a; text b"},
		{"quick_check", "pragma quick_check", "text ok"},
		{"the schema", "select name from sqlite_schema where name = 't'", "text t"},
		{"a trailing semicolon and comments", "/* one */ select 1; -- two\n ; /* three", "integer 1"},
		{"a leading semicolon", "; select 1", "integer 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			query(t, path, test.sql).want(t, strings.Split(test.want, "; ")...)
		})
	}
}
