// What the server says is worth another try.

package postgres

import (
	"testing"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestTheServersCodesSayWhetherToAskAgain(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create function fails(code text) returns int language plpgsql as 'begin raise exception ''so it is'' using errcode = code; end'")
	for code, want := range map[string]ask.Again{
		"53300": ask.Soon, "57P03": ask.Soon, "40001": ask.Soon, "40P01": ask.Soon,
		"28P01": ask.Never, "42501": ask.Never, "42601": ask.Never, "57014": ask.Never, "57P01": ask.Never, "XX001": ask.Never,
	} {
		t.Run(code+" while connecting", func(t *testing.T) {
			g := gate{refuses: code}
			g.open(t, db.URL)
			e := failed(t, get(t, g.url, "select 1"))
			if e.Code != code || e.Phase != ask.Auth || e.Again != want {
				t.Errorf("got %s in %s, asked again: %d, want %d", e.Code, e.Phase, e.Again, want)
			}
		})
		t.Run(code+" of the statement", func(t *testing.T) {
			e := failed(t, get(t, db.URL, "select fails($1)", ask.Arg{Type: ask.Text, Value: code}))
			if e.Code != code || e.Phase != ask.Query || e.Again != want {
				t.Errorf("got %s in %s, asked again: %d, want %d", e.Code, e.Phase, e.Again, want)
			}
		})
	}
}
