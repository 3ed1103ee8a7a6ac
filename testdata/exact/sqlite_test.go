// SQLite's storage classes in columns of every affinity are compared with the output of sqlite3.

package exact

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3", to write with
	"github.com/fanql/fanql/testdata/testdb"
)

// declared are types of columns; each may store values of any class.
var declared = []string{
	"", "integer", "real", "text", "blob", "numeric", "decimal(12,2)", "date", "datetime", "timestamp", "boolean", "varchar(3)", "json", "any",
}

// stored values are inserted into every column. The affinity of the column may convert them.
var stored = slices.Concat([]string{
	"null",
	"0", "1", "2", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "20200101", "1700000000000",
	"0.1", "0.1 + 0.2", "2.0", "-0.0", "1e15", "123456789012345.0", "1e-5", "0.0001", "5e-324", "1.7976931348623157e308", "9e999", "-9e999", "2459580.5",
	"'007'", "'12.50'", "'1e3'", "' 42 '", "'0x10'", "'9007199254740993'", "'99999999999999999999'", "'true'", "'NaN'",
	"'not a date'", "'2020-02-30'", "'2020-01-31 08:30:00'", "'2020-01-31T08:30:00Z'", "'0000-00-00'", "'24:00'",
	"x''", "x'00ff'", "x'61'", "zeroblob(3)", `'{"n": 9007199254740993}'`,
	"'a' || char(0) || 'b'", "char(0)",
	"cast(x'61ff62' as text)", "cast(x'eda080' as text)", "cast(x'c080' as text)", "cast(x'e282' as text)", "cast(x'00ff' as text)", "cast(x'efbfbd' as text)",
	"'naïve 😀 日本語'", "char(8238) || 'evil' || char(155)", "char(65279) || 'bom'",
}, sqliteTexts())

// sqliteTexts returns the texts of the other databases as SQLite literals.
func sqliteTexts() []string {
	var list []string
	for _, v := range []string{"", "NULL", `\N`, `\.`, " ", " lead and trail ", "a,b", `say "x"`, `"`, "it's", "line\nbreak", "\n", "crlf\r\nend\r", "tab\tbed", `back\slash \n`, "a|b", "<br> *b* `c`", "\x01\x1b[31mred\x7f", "=1+1"} {
		list = append(list, "'"+strings.ReplaceAll(v, "'", "''")+"'")
	}
	return list
}

func TestSQLite(t *testing.T) {
	sqlite3 := clientName(t, "sqlite3")
	path := filepath.Join(t.TempDir(), "corpus.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_sync=off")
	if err != nil {
		t.Fatal(err)
	}
	var columns, list []string
	want := table{types: declared}
	for i, d := range declared {
		want.names = append(want.names, column(i))
		columns = append(columns, column(i)+" "+d)
		list = append(list, fmt.Sprintf("typeof(%[1]s), hex(%[1]s), case typeof(%[1]s) when 'integer' then %[1]s when 'real' then hex(ieee754_to_blob(%[1]s)) end", column(i)))
	}
	file := testdb.DB{SQL: db}
	file.Exec(t, "create table corpus (id integer primary key, "+strings.Join(columns, ", ")+")")
	for i, v := range stored {
		file.Exec(t, fmt.Sprintf("insert into corpus values (%d%s)", i, strings.Repeat(", "+v, len(declared))))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	// Each cell is printed by its class, bytes and number, in letters and digits only. A real is
	// printed by its bits, since sqlite3 would print only 15 digits, and -0.0 without its sign.
	printed := client(t, nil, sqlite3, "-batch", "-bail", "-init", "/dev/null", "-separator", "|", "-newline", "\n", path,
		"select "+strings.Join(list, ", ")+" from corpus order by id")
	for line := range strings.SplitSeq(strings.TrimSuffix(printed, "\n"), "\n") {
		fields := strings.Split(line, "|")
		if len(fields) != 3*len(declared) {
			t.Fatalf("sqlite3 prints %d fields for %d columns", len(fields), len(declared))
		}
		var row []cell
		for triple := range slices.Chunk(fields, 3) {
			row = append(row, fromClass(t, triple[0], triple[1], triple[2]))
		}
		want.rows = append(want.rows, row)
	}
	if len(want.rows) != len(stored) {
		t.Fatalf("sqlite3 prints %d rows of %d", len(want.rows), len(stored))
	}

	checkExport(t, path, "select "+strings.Join(want.names, ", ")+" from corpus order by id", want)

	_, said := runQuery(t, "-s", path, "select c03, c04, c00 from corpus")
	for _, name := range []string{"c00", "c03", "c04"} {
		if n := strings.Count(said, fmt.Sprintf("column %q holds text that is not UTF-8", name)); n != 1 {
			t.Errorf("the warning that %s is not valid UTF-8 is printed %d times:\n%s", name, n, said)
		}
	}
}

// fromClass returns the canonical form of a value of a storage class.
func fromClass(t *testing.T, class, digits, number string) cell {
	t.Helper()
	raw, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	switch class {
	case "null":
		return cell{null: true}
	case "integer":
		return cell{text: number, form: asNumber}
	case "real":
		bits, err := strconv.ParseUint(number, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return cell{text: double(strconv.FormatFloat(math.Float64frombits(bits), 'g', 17, 64)), form: asNumber}
	case "text":
		return cell{text: escaped(string(raw))}
	case "blob":
		return cell{text: octets(string(raw))}
	}
	t.Fatalf("sqlite3 knows a storage class %q", class)
	return cell{}
}
