// Lists as values, and dates that are relative to the start of the run.

package statement

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

func TestLists(t *testing.T) {
	files := map[string]string{
		"ids.txt": "\uFEFF1\r\n\n 2 \n3", "names.txt": "a,b\n\"q\"\n 'c' \n\n", "empty.txt": "\n \n", "bad.txt": "1\n\nx\n",
	}
	ids := map[string]Param{"ids": {Type: driver.Int, List: true}}
	for _, c := range []struct {
		what   string
		text   string
		params map[string]Param
		given  string
		d      *driver.Dialect
		want   string // the sent text and its values, or the error
	}{
		{"each value gets a placeholder", "select * from t where id in (:ids)", nil, "ids:int[]=1,2,3", Postgres, "select * from t where id in ($1, $2, $3) [1 2 3]"},
		{"one value", "select * from t where id in (:ids)", nil, "ids:int[]=7", SQLite, "select * from t where id in (?1) [7]"},
		{"twice, with numbered placeholders", "select :n where a in (:ids) or b not in (:ids)", nil, "ids:int[]=1,2", SQLite, "select ?1 where a in (?2, ?3) or b not in (?2, ?3) [5 1 2]"},
		{"twice, with placeholders by position", "select :n where a in (:ids) or b in (:ids)", nil, "ids:int[]=1,2", MySQL, "select ? where a in (?, ?) or b in (?, ?) [5 1 2 1 2]"},
		{"a list among other values", "select 1 where a in (0, :ids, :n)", nil, "ids:int[]=1,2", Postgres, "select 1 where a in (0, $1, $2, $3) [1 2 5]"},
		{"MySQL gets the type", "select 1 where a in (:ids)", nil, "ids:date[]=2026-01-01,2026-01-02", MySQL, "select 1 where a in (CAST(? AS DATE), CAST(? AS DATE)) [2026-01-01 2026-01-02]"},
		{"blanks around numbers are ignored", "select 1 where a in (:ids)", nil, "ids:int[]=1, 2 ,3", SQLite, "select 1 where a in (?1, ?2, ?3) [1 2 3]"},
		{"texts are quoted as in CSV", "select 1 where a in (:ids)", nil, `ids:text[]="a,b","say ""hi""", c,`, SQLite, `select 1 where a in (?1, ?2, ?3, ?4) [a,b say "hi"  c ]`},
		{"one empty text", "select 1 where a in (:ids)", nil, `ids:text[]=""`, SQLite, `select 1 where a in (?1) []`},
		{"decimals, bools, timestamps", "select 1 where a in (:ids)", nil, `ids:bool[]=yes,0`, SQLite, `select 1 where a in (?1, ?2) [true false]`},
		{"relative dates", "select 1 where a in (:ids)", nil, `ids:date[]=today,today - 1d`, SQLite, `select 1 where a in (?1, ?2) [2026-03-31 2026-03-30]`},
		{"from a file", "select 1 where a in (:ids)", nil, "ids:int[]=@ids.txt", SQLite, "select 1 where a in (?1, ?2, ?3) [1 2 3]"},
		{"a file of texts, as they are", "select 1 where a in (:ids)", nil, "ids:text[]=@names.txt", SQLite, `select 1 where a in (?1, ?2, ?3) [a,b "q"  'c' ]`},
		{"declared", "select 1 where a in (:ids)", ids, "ids=1,2", SQLite, "select 1 where a in (?1, ?2) [1 2]"},
		{"declared, from a file", "select 1 where a in (:ids)", ids, "ids=@ids.txt", SQLite, "select 1 where a in (?1, ?2, ?3) [1 2 3]"},
		{"declared and given as a list", "select 1 where a in (:ids)", ids, "ids:int[]=1,2", SQLite, "select 1 where a in (?1, ?2) [1 2]"},
		{"an @ in a text that is no list", "select :ids", nil, "ids=@ids.txt", SQLite, "select ?1 [@ids.txt]"},
		{"a text that begins with @, quoted", "select 1 where a in (:ids)", nil, `ids:text[]="@x",b`, SQLite, "select 1 where a in (?1, ?2) [@x b]"},

		{"declared as a scalar", "select 1 where a in (:m)", map[string]Param{"m": {Type: driver.Int}}, "m:int[]=1", SQLite, "error: parameter :m is declared as int, not as int[]"},
		{"declared as a list", "select 1 where a in (:ids)", ids, "ids:int=1", SQLite, "error: parameter :ids is declared as int[], not as int"},
		{"empty", "select 1 where a in (:ids)", nil, "ids:int[]=", SQLite, "error: parameter :ids: the list is empty, and no SQL has in (): give one value at least"},
		{"an empty file", "select 1 where a in (:ids)", nil, "ids:int[]=@empty.txt", SQLite, "error: parameter :ids: the list is empty"},
		{"NULL", "select 1 where a in (:ids)", ids, "ids:null", SQLite, "error: parameter :ids is a list, which cannot be NULL: give its values"},
		{"an empty number in a list", "select 1 where a in (:ids)", nil, "ids:int[]=1,,3", SQLite, `error: parameter :ids: value 2: "" is not an int`},
		{"a value of another type", "select 1 where a in (:ids)", nil, "ids:int[]=1,x", SQLite, `error: parameter :ids: value 2: "x" is not an int`},
		{"a line of another type", "select 1 where a in (:ids)", nil, "ids:int[]=@bad.txt", SQLite, `error: parameter :ids: bad.txt: line 3: "x" is not an int`},
		{"no file", "select 1 where a in (:ids)", nil, "ids:int[]=@none.txt", SQLite, "error: parameter :ids: open none.txt: file does not exist"},
		{"a quote in the middle", "select 1 where a in (:ids)", nil, `ids:text[]=a"b`, SQLite, "error: parameter :ids: \"a\\\"b\" is no CSV record"},
		{"two records", "select 1 where a in (:ids)", nil, "ids:int[]=1\n2", SQLite, "error: parameter :ids: \"1\\n2\" is no CSV record: a second line begins"},
		{"not in in (...)", "select 1 where a = :ids", nil, "ids:int[]=1", SQLite, "error: :ids is a list, which stands only in in (:ids) (line 1, column 20)"},
		{"in a function", "select coalesce(:ids)", nil, "ids:int[]=1", SQLite, "error: :ids is a list, which stands only in in (:ids) (line 1, column 17)"},
		{"in a sum", "select 1 where a in (1 + :ids)", nil, "ids:int[]=1", SQLite, "error: :ids is a list, which stands only in in (:ids) (line 1, column 26)"},
		{"cast", "select 1 where a in (:ids::int)", nil, "ids:int[]=1", Postgres, "error: :ids is a list"},
		{"in parentheses of its own", "select 1 where a in ((:ids))", nil, "ids:int[]=1", Postgres, "error: :ids is a list"},
		{"any", "select 1\nwhere a = any(:ids)", nil, "ids:int[]=1", Postgres, "error: :ids is a list, which stands only in in (:ids), in every dialect: write in or not in instead of any (line 2, column 15)"},
		{"a comparison with all", "select 1 where a <> all (:ids)", nil, "ids:int[]=1", Postgres, "error: :ids is a list, which stands only in in (:ids), in every dialect: write in or not in instead of all"},
	} {
		t.Run(c.what, func(t *testing.T) {
			q := Query{Text: c.text, Params: c.params, Now: func() (time.Time, error) { return time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC), nil }}
			got, err := sentWith(q, c.d, []string{c.given, "n:int=5"}, files)
			if want, bad := strings.CutPrefix(c.want, "error: "); bad {
				if err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("got %s, %v\nwant %s", got, err, want)
				}
				return
			}
			if err != nil || got != c.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func sentWith(q Query, d *driver.Dialect, given []string, files map[string]string) (string, error) {
	v, err := ParseValues(given)
	if err != nil {
		return "", err
	}
	v, err = q.Load(v, func(path string) ([]byte, error) {
		content, ok := files[path]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(content), nil
	})
	if err != nil {
		return "", err
	}
	asked, err := q.Bind("eu", d, driver.Modes{}, v)
	if err != nil {
		return "", err
	}
	var values []string
	for _, a := range asked.Args {
		values = append(values, a.Value)
	}
	return fmt.Sprint(asked.SQL, " ", values), nil
}

func TestDefaultsThatAreLists(t *testing.T) {
	record, file := "1,2", "@ids.txt"
	q := Query{Text: "select 1 where a in (:a) or b in (:b)", Params: map[string]Param{
		"a": {Type: driver.Int, List: true, Default: &record}, "b": {Type: driver.Int, List: true, Default: &file},
	}}
	got, err := sentWith(q, SQLite, nil, map[string]string{"ids.txt": "3\n4\n"})
	if want := "select 1 where a in (?1, ?2) or b in (?3, ?4) [1 2 3 4]"; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	if got, err = sentWith(q, SQLite, []string{"b=9"}, nil); err != nil || !strings.HasSuffix(got, "[1 2 9]") {
		t.Errorf("a file that is not needed is read: %s, %v", got, err)
	}
	if err := q.Check(map[string]*driver.Dialect{"eu": SQLite}, nil); err != nil {
		t.Errorf("without the file: %v", err)
	}
	bad := "1,x"
	q.Params["a"] = Param{Type: driver.Int, List: true, Default: &bad}
	if err := q.Check(map[string]*driver.Dialect{"eu": SQLite}, nil); err == nil || !strings.Contains(err.Error(), `value 2: "x" is not an int`) {
		t.Errorf("a default that does not fit: %v", err)
	}
}

func TestPlaceholdersAreLimited(t *testing.T) {
	list := func(n int) string { return "ids:int[]=" + strings.TrimSuffix(strings.Repeat("1,", n), ",") }
	for _, c := range []struct {
		d    *driver.Dialect
		most int
	}{{Postgres, 65535}, {MySQL, 65535}, {SQLite, 32766}} {
		q := Query{Text: "select 1\nwhere a in (:ids)"}
		if _, err := sentWith(q, c.d, []string{list(c.most)}, nil); err != nil {
			t.Errorf("%s, %d values: %v", c.d, c.most, err)
		}
		_, err := sentWith(q, c.d, []string{list(c.most + 1)}, nil)
		want := fmt.Sprintf("%s takes at most %d values in one query, and with those of :ids there are %d: ask in parts (line 2, column 13)", c.d, c.most, c.most+1)
		if err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	if _, err := sentWith(Query{Text: "select 1 where a in (:ids) or b in (:ids)"}, MySQL, []string{list(40000)}, nil); err == nil {
		t.Error("80000 placeholders, more than MySQL takes, were accepted")
	}
}

func TestPositionsAfterAList(t *testing.T) {
	q := Query{Text: "select 1 where a in (:ids)\n and nme"}
	v, err := ParseValues([]string{"ids:int[]=1,2,3"})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := q.Bind("eu", Postgres, driver.Modes{}, v)
	if err != nil {
		t.Fatal(err)
	}
	for of, want := range map[string][2]int{"$1": {1, 22}, "$3": {1, 22}, ")": {1, 26}, "nme": {2, 6}} {
		line, column, ok := asked.Locate(strings.Index(asked.SQL, of) + 1)
		if got := [2]int{line, column}; !ok || got != want {
			t.Errorf("%s in %q: %v, want %v", of, asked.SQL, got, want)
		}
	}
}

func TestRelativeDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	at := func(zone *time.Location) func() (time.Time, error) {
		return func() (time.Time, error) {
			return time.Date(2026, 3, 31, 0, 30, 15, 250_000_000, zone), nil // a Tuesday
		}
	}
	for _, c := range []struct {
		typ  driver.Type
		zone *time.Location
		text string
		want string
	}{
		{driver.Date, time.UTC, "today", "2026-03-31"},
		{driver.Date, time.UTC, "now", "2026-03-31"},
		{driver.Date, time.UTC, "yesterday", "2026-03-30"},
		{driver.Date, time.UTC, "tomorrow", "2026-04-01"},
		{driver.Date, time.UTC, "today - 7d", "2026-03-24"},
		{driver.Date, time.UTC, "today-7d", "2026-03-24"},
		{driver.Date, time.UTC, "  TODAY  +  2  weeks ", "2026-04-14"},
		{driver.Date, time.UTC, "today - 1 month", "2026-02-28"},
		{driver.Date, time.UTC, "today - 1 month + 1 day", "2026-03-01"},
		{driver.Date, time.UTC, "today + 11 months", "2027-02-28"},
		{driver.Date, time.UTC, "today + 1 year", "2027-03-31"},
		{driver.Date, time.UTC, "today - 13 quarters", "2022-12-31"},
		{driver.Date, time.UTC, "start of week", "2026-03-30"},
		{driver.Date, time.UTC, "start of month", "2026-03-01"},
		{driver.Date, time.UTC, "start of month - 1 month", "2026-02-01"},
		{driver.Date, time.UTC, "start of quarter", "2026-01-01"},
		{driver.Date, time.UTC, "start of year - 1d", "2025-12-31"},
		{driver.Date, time.UTC, "now - 31m", "2026-03-30"},
		{driver.Date, berlin, "today", "2026-03-31"},
		{driver.Timestamp, time.UTC, "now", "2026-03-31 00:30:15.25+00:00"},
		{driver.Timestamp, time.UTC, "now - 90m", "2026-03-30 23:00:15.25+00:00"},
		{driver.Timestamp, time.UTC, "start of hour", "2026-03-31 00:00:00+00:00"},
		{driver.Timestamp, time.UTC, "start of minute - 5s", "2026-03-31 00:29:55+00:00"},
		{driver.Timestamp, berlin, "now", "2026-03-30 22:30:15.25+00:00"},
		{driver.Timestamp, berlin, "today", "2026-03-30 22:00:00+00:00"},
		{driver.Timestamp, berlin, "today - 2d", "2026-03-28 23:00:00+00:00"}, // before the clocks change
		{driver.Timestamp, berlin, "today - 48h", "2026-03-28 22:00:00+00:00"},
		{driver.Timestamp, berlin, "start of year", "2025-12-31 23:00:00+00:00"},
		{driver.Auto, time.UTC, "today", "today"},
		{driver.Text, time.UTC, "today - 7d", "today - 7d"},
	} {
		q := Query{Text: "select :d", Now: at(c.zone)}
		asked, err := q.Bind("eu", Postgres, driver.Modes{}, Values{"d": {Type: c.typ, Text: c.text}})
		if err != nil || asked.Args[0].Value != c.want {
			t.Errorf("%s %q in %s: %+v, %v; want %s", c.typ, c.text, c.zone, asked.Args, err, c.want)
		}
	}
	for _, text := range []string{
		"toady", "today -", "today 7d", "today - d", "today - 7", "today - 7 fortnights", "start of", "start of decade", "start of weeks",
		"today - 7d ago", "today - 99999999d", "now - 999999999 years", "now + 300000 y", "todays", "now - 1.5h", "start  of monthly", "nowadays",
	} {
		q := Query{Text: "select :d", Now: at(time.UTC)}
		for _, typ := range []driver.Type{driver.Date, driver.Timestamp} {
			_, err := q.Bind("eu", Postgres, driver.Modes{}, Values{"d": {Type: typ, Text: text}})
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "today - 7d") && !strings.Contains(err.Error(), "beyond the years") {
				t.Errorf("%s %q: %v", typ, text, err)
			}
		}
	}
	lost := errors.New("no zone")
	q := Query{Text: "select :d", Now: func() (time.Time, error) { return time.Time{}, lost }}
	if _, err := q.Bind("eu", Postgres, driver.Modes{}, Values{"d": {Type: driver.Date, Text: "today"}}); !errors.Is(err, lost) {
		t.Errorf("a zone that is not known: %v", err)
	}
	if _, err := q.Bind("eu", Postgres, driver.Modes{}, Values{"d": {Type: driver.Date, Text: "2026-01-01"}}); err != nil {
		t.Errorf("a date that needs no zone: %v", err)
	}
}
