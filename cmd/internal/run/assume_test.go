package run_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// The fleet has more files than fanql keeps sessions for. fanql assumes that each file has the
// tables of the first one, until it finds that a file has others.
func TestFilesOfAFleetThatDriftAreNotTakenForTheFirst(t *testing.T) {
	const files = 260
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "shops"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := func(i int) string { return filepath.Join(folder, "shops", fmt.Sprintf("%03d.db", i)) }
	first := openSQLite(t, path(0))
	mustExec(t, first, "create table orders (id integer primary key, amount decimal(10,2), region text); insert into orders values (1, 1.25, 'north'), (2, 2, 'south')")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path(0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if err := os.WriteFile(path(i), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := fmt.Sprintf("sources: {shops: {url: %q}}\n", "sqlite:"+filepath.Join(folder, "shops", "*.db"))
	if err := os.WriteFile(filepath.Join(folder, "fanql.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const statement = "select region, count(*) as n, sum(amount) as s, count(distinct source) as sources from orders group by region order by region"
	for _, c := range []struct {
		name, change string // of the last file
		want         []string
		err          string
	}{
		{name: "all alike", want: []string{"north 260 325.00 260", "south 260 520.00 260"}},
		{name: "another scale", change: "drop table orders; create table orders (id integer primary key, amount decimal(10,3), region text); insert into orders values (1, 0.125, 'north')", want: []string{"north 260 323.875 260", "south 259 518.000 259"}},
		{name: "a column less", change: "drop table orders; create table orders (id integer primary key, region text); insert into orders values (1, 'north')", want: []string{"north 260 323.75 260", "south 259 518.00 259"}},
		{name: "no table", change: "drop table orders", want: []string{"north 259 323.75 259", "south 259 518.00 259"}},
		{name: "another table besides", change: "create table notes (id integer)", want: []string{"north 260 325.00 260", "south 260 520.00 260"}},
		{name: "a value that its column cannot hold", change: "update orders set amount = 'much' where id = 1", err: `column "amount" holds "much"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path(files-1), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.change != "" {
				db := openSQLite(t, path(files-1))
				mustExec(t, db, c.change)
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			conf, err := config.Load(filepath.Join(folder, "fanql.yaml"), sources.Dialects, os.Getenv)
			if err != nil {
				t.Fatal(err)
			}
			for _, gathered := range []bool{false, true} {
				if gathered && !everything() {
					continue
				}
				_, _, rows, err := (&fleet{config: conf}).answer(statement, gathered)
				var got []string
				for _, r := range rows {
					got = append(got, strings.Join(r, " "))
				}
				if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) || c.err == "" && (err != nil || !slices.Equal(got, c.want)) {
					t.Errorf("gathered %v: %q, %v, want %q %s", gathered, got, err, c.want, c.err)
				}
			}
		})
	}
}
