// The current time is one constant for the whole run.

package federate

import (
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// readAt parses a statement with a fixed current time.
func readAt(t *testing.T, sql string) *Plan {
	t.Helper()
	p, err := Open(Options{SourceColumn: "source", Now: time.Date(2026, 2, 28, 23, 30, 1, 250_000_999, time.FixedZone("", -3600)), TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if err := p.Read(driver.Request{SQL: sql, Locate: func(n int) (int, int, bool) { return 1, n, true }}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheCurrentTimeIsOneConstant(t *testing.T) {
	const instant, day, local = "CAST('2026-03-01 00:30:01.25+00' AS TIMESTAMPTZ)", "CAST('2026-03-01' AS DATE)", "CAST('2026-03-01 00:30:01.25' AS TIMESTAMP)"
	for sql, want := range map[string]string{
		"select now() - interval 1 day, Now ( )":                    "select " + instant + " - interval 1 day, " + instant,
		"select current_timestamp, get_current_timestamp()":         "select " + instant + ", " + instant,
		"select today(), CURRENT_DATE, transaction_timestamp()":     "select " + day + ", " + day + ", " + instant,
		"select localtimestamp, current_localtimestamp() as ö":      "select " + local + ", " + local + " as ö",
		"select 'now()', \"now\" from t -- now()":                   "",
		"select id as current_date from t order by current_date":    "",
		"select t.current_date, x.today from t, x":                  "",
		"select random(), now(1), date_trunc('day', placed) from t": "",
		"select 'ö', today() where today() > '2026-01-01'":          "select 'ö', " + day + " where " + day + " > '2026-01-01'",
	} {
		p := readAt(t, sql)
		if want == "" {
			want = sql
		}
		if p.text != want || p.original() != sql {
			t.Errorf("%s is read as\n%s of %s, want\n%s", sql, p.text, p.original(), want)
		}
	}
}

func TestPositionsAfterTheCurrentTimeAreTheUsers(t *testing.T) {
	const sql = "select today(), 'ö', now(), nope, today()"
	p := readAt(t, sql)
	for _, word := range []string{"select", "'ö'", "nope"} {
		at, want := strings.Index(p.text, word), len([]rune(sql[:strings.Index(sql, word)]))+1
		if _, column := p.place(at); column != want {
			t.Errorf("%s is at column %d, want %d", word, column, want)
		}
	}
	if _, column := p.place(strings.Index(p.text, "DATE)")); column != 8 {
		t.Errorf("the inside of a constant is at column %d, want that of the function", column)
	}
}
