// Values of every type, which must arrive exactly.

package mysql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestEveryTypeArrivesExactly(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.SQL.SetMaxOpenConns(1) // sql_mode belongs to the connection
		db.Exec(t, "set sql_mode = 'ALLOW_INVALID_DATES'", "set time_zone = '+02:00'")
		maria := db.Server == "MariaDB"
		json := row.JSON
		if maria {
			json = row.Text // MariaDB has no type for JSON
		}
		for _, c := range []struct {
			name, column, literal string
			kind                  row.Kind
			want                  string
			maria                 bool // only MariaDB has the type
		}{
			{"tinyint", "tinyint", "-128", row.Int, "-128", false},
			{"tinyint unsigned", "tinyint unsigned", "255", row.Int, "255", false},
			{"smallint unsigned", "smallint unsigned", "65535", row.Int, "65535", false},
			{"mediumint", "mediumint", "-8388608", row.Int, "-8388608", false},
			{"mediumint unsigned", "mediumint unsigned", "16777215", row.Int, "16777215", false},
			{"int unsigned", "int unsigned", "4294967295", row.Int, "4294967295", false},
			{"int zerofill", "int(6) zerofill", "42", row.Int, "42", false},
			{"bigint", "bigint", "-9223372036854775808", row.Int, "-9223372036854775808", false},
			{"bigint unsigned, small", "bigint unsigned", "7", row.Uint, "7", false},
			{"bigint unsigned, 2^64-1", "bigint unsigned", "18446744073709551615", row.Uint, "18446744073709551615", false},
			{"boolean is a tinyint", "boolean", "true", row.Int, "1", false},
			{"float past six digits", "float", "16777216", row.Float, "1.6777216e+07", false},
			{"float", "float", "0.1", row.Float, "0.1", false},
			{"double", "double", "0.1e0+0.2e0", row.Float, "0.30000000000000004", false},
			{"double, tiny", "double", "5e-324", row.Float, "5e-324", false},
			{"decimal", "decimal(12,2)", "-0.50", row.Decimal, "-0.50", false},
			{"decimal without fraction", "decimal(20,0)", "12345678901234567890", row.Decimal, "12345678901234567890", false},
			{
				"decimal(65,30)", "decimal(65,30)", "12345678901234567890123456789012345.123456789012345678901234567891",
				row.Decimal, "12345678901234567890123456789012345.123456789012345678901234567891", false,
			},
			{"date", "date", "'2024-02-29'", row.Date, "2024-02-29", false},
			{"zero date", "date", "'0000-00-00'", row.Date, "0000-00-00", false},
			{"impossible date", "date", "'2020-02-30'", row.Date, "2020-02-30", false},
			{"date without a day", "date", "'2020-05-00'", row.Date, "2020-05-00", false},
			{"datetime", "datetime", "'2020-01-01 08:30:00'", row.Timestamp, "2020-01-01T08:30:00", false},
			{"datetime(3)", "datetime(3)", "'2020-01-01 08:30:00.25'", row.Timestamp, "2020-01-01T08:30:00.25", false},
			{"zero datetime", "datetime", "'0000-00-00 00:00:00'", row.Timestamp, "0000-00-00 00:00:00", false},
			{"impossible datetime", "datetime", "'2020-02-31 01:02:03'", row.Timestamp, "2020-02-31 01:02:03", false},
			{"timestamp(6) is an instant", "timestamp(6) null", "'2020-01-01 08:30:00.123456'", row.TimestampTZ, "2020-01-01T06:30:00.123456Z", false},
			{"zero timestamp", "timestamp null", "'0000-00-00 00:00:00'", row.TimestampTZ, "0000-00-00 00:00:00", false},
			{"time", "time", "'08:30:00'", row.Time, "08:30:00", false},
			{"longest time", "time", "'838:59:59'", row.Time, "838:59:59", false},
			{"longest negative time", "time(6)", "'-838:59:58.999999'", row.Time, "-838:59:58.999999", false},
			{"short negative time", "time(2)", "'-00:00:00.25'", row.Time, "-00:00:00.25", false},
			{"year", "year", "2155", row.Int, "2155", false},
			{"year 0000", "year", "0", row.Int, "0000", false},
			{"bit(1) is a boolean", "bit(1)", "b'1'", row.Bool, "true", false},
			{"bit(1), not set", "bit(1)", "b'0'", row.Bool, "false", false},
			{"bit(2) is a number", "bit(2)", "b'10'", row.Uint, "2", false},
			{"bit(8)", "bit(8)", "b'1'", row.Uint, "1", false},
			{"bit(13)", "bit(13)", "b'1000000000101'", row.Uint, "4101", false},
			{"bit(64)", "bit(64)", "0xffffffffffffffff", row.Uint, "18446744073709551615", false},
			{"NULL in a bit(1)", "bit(1)", "null", row.Bool, "NULL", false},
			{"decimal zerofill", "decimal(10,2) zerofill", "12.5", row.Decimal, "12.50", false},
			{"decimal zerofill, below one", "decimal(10,2) zerofill", "0.5", row.Decimal, "0.50", false},
			{"decimal zerofill, zero", "decimal(10,0) zerofill", "0", row.Decimal, "0", false},
			{"float zerofill", "float(10,2) zerofill", "1.5", row.Float, "1.5", false},
			{"bigint zerofill", "bigint zerofill", "42", row.Uint, "42", false},
			{"enum", "enum('a','b c')", "'b c'", row.Text, "b c", false},
			{"set", "set('a','b','c')", "'a,c'", row.Text, "a,c", false},
			{"char", "char(5)", "'ab'", row.Text, "ab", false},
			{"varchar in latin1", "varchar(20) character set latin1", "'Zürich €'", row.Text, "Zürich €", false},
			{"varchar in utf16", "varchar(20) character set utf16", "'😀'", row.Text, "😀", false},
			{"text with emoji", "text character set utf8mb4", "'naïve 😀'", row.Text, "naïve 😀", false},
			{"longtext", "longtext", "repeat('x', 70000)", row.Text, strings.Repeat("x", 70000), false},
			{"empty text", "varchar(5)", "''", row.Text, "", false},
			{"binary keeps its padding", "binary(4)", "0x00ff", row.Bytes, `\x00ff0000`, false},
			{"varbinary with NUL", "varbinary(10)", "0x610062", row.Bytes, `\x610062`, false},
			{"blob", "longblob", "0x00ff", row.Bytes, `\x00ff`, false},
			{"point", "point", "st_geomfromtext('point(1 2)')", row.Bytes, `\x000000000101000000000000000000f03f0000000000000040`, false},
			{"json", "json", `'{"a": 9007199254740993}'`, json, `{"a": 9007199254740993}`, false},
			{"uuid", "uuid", "'123e4567-e89b-12d3-a456-426655440000'", row.Text, "123e4567-e89b-12d3-a456-426655440000", true},
			{"inet6", "inet6", "'::ffff:1.2.3.4'", row.Text, "::ffff:1.2.3.4", true},
			{"NULL in an int", "int", "null", row.Int, "NULL", false},
			{"NULL in a timestamp", "timestamp null", "null", row.TimestampTZ, "NULL", false},
			{"NULL in a blob", "blob", "null", row.Bytes, "NULL", false},
		} {
			if c.maria && !maria {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				db.Exec(t, "drop table if exists v", "create table v (v "+c.column+") character set utf8mb4",
					"insert into v values ("+c.literal+")")
				r := mustRun(t, db, "select v from v")
				wantRows(t, r, c.want)
				// With compression the rows come from the MySQL driver's own reader. They
				// must be equal.
				through := run(t, source(t, db.URL+"?compress=true"), driver.Request{SQL: "select v from v"})
				if through.err != nil {
					t.Fatal(through.err)
				}
				wantRows(t, through, c.want)
				if r.columns[0].Type != c.kind {
					t.Errorf("the column is %v, want %v", r.columns[0].Type, c.kind)
				}
				if r.columns[0].Database == "" {
					t.Error("the column has no database type")
				}
				described := run(t, source(t, db.URL), driver.Request{SQL: "select v from v", Prepare: true})
				if described.err != nil || !slices.Equal(described.columns, r.columns) || len(described.rows) > 0 {
					t.Errorf("prepared, the column is %+v, and it is %+v: %v", described.columns, r.columns, described.err)
				}
			})
		}
	})
}

// The values of parameters may decide on the types of columns. A statement may have no
// columns.
func TestAPreparedStatementDeclaresWhatIsSure(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		r := run(t, source(t, db.URL), driver.Request{SQL: "select i, ? as p from n where i > ?", Prepare: true, Args: []driver.Arg{{Name: "p", Type: driver.Int, Value: "3"}, {Name: "q", Type: driver.Int, Value: "1"}}})
		if want := []row.Column{{Name: "i", Type: row.Any}, {Name: "p", Type: row.Any}}; r.err != nil || !slices.Equal(r.columns, want) {
			t.Errorf("%+v, %v", r.columns, r.err)
		}
		if r := run(t, source(t, db.URL), driver.Request{SQL: "do 1", Prepare: true}); r.err != nil || len(r.columns) > 0 {
			t.Errorf("%+v, %v", r.columns, r.err)
		}
		var many []string
		for i := range 600 {
			many = append(many, fmt.Sprintf("i as column_%d", i))
		}
		if r := run(t, source(t, db.URL), driver.Request{SQL: "select " + strings.Join(many, ", ") + " from n", Prepare: true}); r.err != nil || len(r.columns) != 600 || r.columns[599].Name != "column_599" {
			t.Errorf("%d columns, %v", len(r.columns), r.err)
		}
	})
}

func TestDuplicateAndEmptyColumnNamesComeAsTheyAre(t *testing.T) {
	r := mustRun(t, testdb.MariaDB(t), "select 1 as a, 2 as A, 3 as a, 4 as ``, null as n")
	var names []string
	for _, c := range r.columns {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, ","); got != "a,A,a,,n" {
		t.Errorf("names are %q", got)
	}
	wantRows(t, r, "1 | 2 | 3 | 4 | NULL")
	if r.columns[4].Type != row.Null {
		t.Errorf("a bare NULL is a column of type %v", r.columns[4].Type)
	}
}

func TestNoRowsStillHaveColumns(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		db.Exec(t, "create table e (id int, name varchar(5))")
		r := mustRun(t, db, "select id, name from e")
		if r.batches != 1 || len(r.rows) != 0 || len(r.columns) != 2 || r.columns[1].Name != "name" {
			t.Errorf("got %d batches, %d rows, columns %v", r.batches, len(r.rows), r.columns)
		}
	})
}

func TestManyRowsTravelInBatches(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		r := mustRun(t, db, "select i, repeat('x', 300) from n order by i")
		if len(r.rows) != 1000 || r.batches < 4 || r.rows[999][0] != "1000" {
			t.Errorf("got %d rows in %d batches", len(r.rows), r.batches)
		}
		want := []driver.Phase{driver.Resolve, driver.Connect, driver.Auth, driver.Query, driver.Stream, driver.Verify}
		if len(r.phases) != len(want) {
			t.Fatalf("phases are %v", r.phases)
		}
		for i := range want {
			if r.phases[i] != want[i] {
				t.Fatalf("phases are %v", r.phases)
			}
		}
	})
}

func TestTheServerIsNamed(t *testing.T) {
	r := mustRun(t, testdb.MySQL(t), "select version()")
	product, version, _ := strings.Cut(r.server, " ")
	if (product != "MariaDB" && product != "MySQL") || !strings.HasPrefix(r.rows[0][0], version) || version == "" {
		t.Errorf("greeted by %q, the version is %q", r.server, r.rows[0][0])
	}
}

func TestWhatCannotBePreparedIsSentAsText(t *testing.T) {
	db := testdb.MariaDB(t) // MySQL has no execute immediate
	db.Exec(t, "create table v (f float, d double, u bigint unsigned, t datetime(3), s text, b bit(8))",
		"insert into v values (16777216, 0.1e0+0.2e0, 18446744073709551615, '2020-01-01 08:30:00.25', 'x', b'11')")
	wantRows(t, mustRun(t, db, "execute immediate 'select d, u, t, s, b, cast(f as double), null from v'"),
		`0.30000000000000004 | 18446744073709551615 | 2020-01-01T08:30:00.25 | x | 3 | 16777216 | NULL`)

	r := run(t, source(t, db.URL), driver.Request{SQL: "execute immediate 'select f from v'"})
	if e := r.failure(t); !strings.Contains(e.Error(), "FLOAT") || len(r.rows) > 0 {
		t.Errorf("a rounded FLOAT is accepted: %v, %v", e, r.rows)
	}
}

func TestAnUndeclaredFractionIsRefusedNotCut(t *testing.T) {
	db := testdb.MariaDB(t) // MySQL sends the number of the fraction's digits
	const from = " from (select '1.123456' z) d"
	e := run(t, source(t, db.URL), driver.Request{SQL: "select from_unixtime(z) as f" + from}).failure(t)
	if !strings.Contains(e.Error(), `column "f"`) || !strings.Contains(e.Error(), "datetime(6)") {
		t.Errorf("got %v", e)
	}
	wantRows(t, mustRun(t, db, "select cast(from_unixtime(z) as datetime(6))"+from), "1970-01-01T00:00:01.123456")
}
