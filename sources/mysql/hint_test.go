// The server's errors, with positions in the user's text and suggestions.

package mysql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// located returns a request whose whole text is the user's.
func located(sql string) driver.Request {
	return driver.Request{SQL: sql, Tag: "fanql:located", Locate: func(character int) (line, column int, ok bool) {
		runes := []rune(sql)
		if character < 1 || character > len(runes)+1 {
			return 0, 0, false
		}
		before := string(runes[:character-1])
		return strings.Count(before, "\n") + 1, len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1, true
	}}
}

func TestErrorsSayWhereAndWhatWasMeant(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		db.Exec(t, "create table orders (id int, placed_at datetime, region varchar(10))", "create table persons (forename text)")
		long := strings.Repeat("x", 200)
		for _, c := range []struct{ sql, code, want string }{
			{"select *\nfrom n\nwhre i = 1", "1064", "(line 3, column 6)"},
			{"select 'naïve 😀', frm n frm", "1064", "(line 1, column 25)"},
			{"selct 1", "1064", "(line 1, column 1)"},
			{"select i from n where", "1064", "(line 1, column 22)"},
			{"select i from n wher '" + long + "' = 'x'", "1064", "(line 1, column 22)"},
			{"select i\n  from n\n\n order bx i limit 1", "1064", "(line 4, column 8)"},
			{"select regoin from orders", "1054", "(line 1, column 8): did you mean region?"},
			{"select o.id,\n  o.placed_ta from orders o", "1054", "(line 2, column 5): did you mean placed_at?"},
			{"select forname from orders", "1054", "(line 1, column 8)"}, // the table that has this column is not in the query
			{"select id from orders where regoin = 1 or regoin = 2", "1054", "did you mean region?"},
			{"select * from ordres", "1146", "(line 1, column 15): did you mean orders?"},
			{"select * from\n\tPERSON", "1146", "(line 2, column 2): did you mean persons?"},
			{"select * from nothing_like_it", "1146", "(line 1, column 15)"},
			{"select nosuch(1)", "1305", "(line 1, column 8)"},
		} {
			e := run(t, source(t, db.URL), located(c.sql)).failure(t)
			if e.Code != c.code || !strings.HasSuffix(e.Error(), c.want) || strings.Contains(e.Error(), "at line") || e.Phase != driver.Query {
				t.Errorf("%.60q: got %s in %s: %v; want %s", c.sql, e.Code, e.Phase, e, c.want)
			}
		}
		// Without positions, the server's message stays as it is.
		if e := run(t, source(t, db.URL), driver.Request{SQL: "selct 1"}).failure(t); !strings.HasSuffix(e.Error(), "at line 1") {
			t.Errorf("got %v", e)
		}
		// A dry run reports the same.
		q := located("select regoin from orders")
		q.Prepare = true
		if e := run(t, source(t, db.URL), q).failure(t); !strings.HasSuffix(e.Error(), "did you mean region?") {
			t.Errorf("got %v", e)
		}
	})
}

func TestAFailedSuggestionChangesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		for _, number := range []uint16{1142, unanswered} {
			l := relayed(t, map[string]uint16{"information_schema": number}, db)
			begun := time.Now()
			e := run(t, source(t, l.url), located("select ii from n")).failure(t)
			if e.Code != "1054" || !strings.HasSuffix(e.Error(), "(line 1, column 8)") || time.Since(begun) > 2*time.Second {
				t.Errorf("got %s after %v: %v", e.Code, time.Since(begun), e)
			}
		}
	})
}
