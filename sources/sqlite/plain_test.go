// The layer in C, compared with mattn's driver.

package sqlite_test

import (
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// plain reads with mattn's driver, one value after another. The driver would convert
// declared dates and booleans. It does not do so if the slice DeclTypes of its rows is
// cleared.
func plain(t testing.TB, path, sql string) *result {
	t.Helper()
	c, err := new(sqlite3.SQLiteDriver).Open("file:" + path + "?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	stmt, err := c.Prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := stmt.Query(nil) //nolint:staticcheck // the driver's rows, without database/sql
	if err != nil {
		t.Fatal(err)
	}
	rows := answer.(*sqlite3.SQLiteRows)
	schema := new(row.Schema)
	means := map[string]row.Kind{"date": row.Date, "timestamp": row.Timestamp, "text": row.Text}
	for i, declared := range rows.DeclTypes() {
		schema.Columns = append(schema.Columns, row.Column{Name: rows.Columns()[i], Type: row.Any, Database: declared, Declared: means[declared]})
	}
	clear(rows.DeclTypes())

	r := new(result)
	cells := make([]sqldriver.Value, schema.Width())
	b := row.NewBatch(schema)
	for {
		err := rows.Next(cells)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, v := range cells {
			switch v := v.(type) {
			case nil:
				b.Null()
			case int64:
				b.Int(v)
			case float64:
				b.Float(v)
			case string:
				b.TextString(v)
			case []byte:
				b.Blob(v)
			default:
				t.Fatalf("the driver has made a %T", v)
			}
		}
		b.EndRow()
	}
	if err := errors.Join(r.keep(b), rows.Close(), stmt.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheLayerReturnsTheCellsOfTheDriver(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	bytes := func() string {
		length := [...]int{0, 1, 7, 8, 9, 40, 300, 5_000}[random.IntN(8)]
		if random.IntN(300) == 0 { // more bytes than a batch may hold
			length = 200_000
		}
		v := make([]byte, length)
		for i := range v {
			v[i] = byte(random.Uint32())
		}
		return fmt.Sprintf("%x", v)
	}
	pieces := []string{
		"a", "plain ascii text of some length", "é", "€", "😀", "\x00", "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xc0\x80", "\xf0\x9f\x98", "\xef\xbf\xbd", "\u07ff\u0800\uffff\U00010000\U0010ffff",
	}
	value := func() string {
		switch random.IntN(6) {
		case 0:
			return "null"
		case 1:
			return fmt.Sprint(int64(random.Uint64()) >> random.IntN(64))
		case 2:
			for {
				if f := math.Float64frombits(random.Uint64()); f == f {
					return strings.NewReplacer("+Inf", "9e999", "-Inf", "-9e999").Replace(fmt.Sprintf("%.17e", f))
				}
			}
		case 3:
			return "x'" + bytes() + "'"
		}
		var text strings.Builder
		for range random.IntN(9) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		return fmt.Sprintf("cast(x'%x' as text)", text.String())
	}
	for _, encoding := range []string{"UTF-8", "UTF-16le"} {
		for _, columns := range []string{"v", "a date, b boolean, c timestamp, d decimal(9,2), e text, f real, g blob, h int"} {
			statements := []string{"pragma encoding = '" + encoding + "'", "create table t(" + columns + ")", "begin"}
			for range 700 {
				var values []string
				for range strings.Split(strings.ReplaceAll(columns, "9,2", ""), ",") {
					values = append(values, value())
				}
				statements = append(statements, "insert into t values ("+strings.Join(values, ", ")+")")
			}
			path := file(t, append(statements, "commit")...)
			got, want := query(t, path, "select *, rowid from t"), plain(t, path, "select *, rowid from t")
			if !reflect.DeepEqual(got.columns, want.columns) {
				t.Errorf("%s, %s: columns %v, want %v", encoding, columns, got.columns, want.columns)
			}
			for i := range want.rows {
				if i >= len(got.rows) || !reflect.DeepEqual(got.rows[i], want.rows[i]) {
					t.Fatalf("%s, %s: row %d of %d differs\n got %.500q\nwant %.500q", encoding, columns, i, len(got.rows), got.rows[min(i, len(got.rows)-1)], want.rows[i])
				}
			}
			if len(got.rows) != len(want.rows) {
				t.Errorf("%s, %s: %d rows, want %d", encoding, columns, len(got.rows), len(want.rows))
			}
		}
	}
}
