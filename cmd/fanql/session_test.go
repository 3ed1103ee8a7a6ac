// An analyst's session at a terminal: commands over eight shops, and the screens that they leave.
// The screens are in testdata/session. If the output changes, write them again with
//
//	go test ./cmd/fanql -run Session -update
//
// and check the differences.

package main

import (
	"context"
	goflag "flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

var updateScreens = goflag.Bool("update", false, "write the screens of the session anew")

// session has the commands in the order in which they are typed. The terminal has 80 columns at
// first, and 200 columns from wider on.
var session = []string{
	"fanql",
	"fanql sources -s 'shop-*'",
	"fanql sources ping -s 'shop-*'",
	"fanql query --order source 'select count(*) as orders, sum(amount) as revenue from orders'",
	"fanql query --order source -s 'shop-*' --total --thousands 'select count(*) as orders, sum(amount) as revenue from orders'",
	"fanql query --order source -s shop-1,shop-2 --style box 'select category, count(*) as n from orders group by category order by category'",
	"fanql query -s shop-3 -x 'select * from orders where id = 7'",
	"fanql query --order source -s shop-1,shop-2 --chart 'bar x=category y=revenue' 'select category, sum(amount) as revenue from orders group by category order by category'",
	"fanql query --order source -s shop-4,shop-5 'select id, note, customer, placed_at, null as parcel from orders where id <= 3'",
	"fanql query --name largest",
	wider,
	"fanql query --order source -s shop-4,shop-5 'select id, note, customer, placed_at, null as parcel from orders where id <= 3'",
	"fanql query -s shop-6,gone -q 'select max(id) as last from orders'",
	"fanql sql -s 'shop-*' 'select category, count(*) as n, max(amount) as most from orders group by category order by category'",
	"fanql diff -s shop-1,shop-2 --key id --limit 3 'select id, customer, amount from orders where id <= 5'",
	"fanql tables -s 'shop-*'",
	"fanql columns orders -s 'shop-*'",
	"fanql queries",
	"fanql check",
	"fanql query -s shop-1 --dry-run -p least=10 'select * from orders where amount > :least'",
	"fanql query --ordr-by id 'select 1'",
	"fanql query -s shop-7 --csv 'select id, customer, amount from orders where id < 4'",
	"fanql query -s 'shop-*' --watch 1s --until 'count() == 8' 'select min(id) as first from orders'",
}

// wider is not a command: there the user makes the window wider.
const wider = "the window is 200 columns wide now"

// shops writes the config and the databases of the session into a folder.
func shops(t *testing.T, dir string) {
	t.Helper()
	config := "sources:\n"
	for n := 1; n <= 8; n++ {
		config += fmt.Sprintf("  shop-%d: {url: \"sqlite:shop-%d.db\", tags: [shops]}\n", n, n)
		sqliteExec(t, filepath.Join(dir, fmt.Sprintf("shop-%d.db", n)), fmt.Sprintf(`
			create table orders (id integer primary key, customer text not null, category text, amount decimal(10,2), note text, placed_at timestamp);
			with recursive i(n) as (select 1 union all select n + 1 from i where n < %d)
			insert into orders select n, 'customer ' || (n * 7 %% 23), substr('booksgamesfoodstools', n %% 4 * 5 + 1, 5), (n * %d %% 1000) / 4.0,
				'order ' || n || ' was to be left at the neighbour''s, who is at home in the evening', datetime('2026-01-01', n || ' hours') from i`, 40+10*n, 90+n))
	}
	config += "  gone: {url: \"postgres://reader@127.0.0.1:1/shop\", tags: [archive]}\n" +
		"queries:\n  largest:\n    describe: the three largest orders\n    sources: [\"shop-*\"]\n    sql: select id, customer, amount from orders order by amount desc, id limit 3\n    order_by: amount desc, id, source\n" +
		"checks:\n  customers:\n    describe: each order has a customer\n    sources: [\"tag:shops\"]\n    sql: select id from orders where customer is null\n    expect: no rows\n" +
		"  large:\n    describe: no order is above 249\n    sources: [\"tag:shops\"]\n    sql: select id, amount from orders\n    expect: {each: amount <= 249}\n" +
		"  archive:\n    sources: [gone]\n    sql: select 1 as one\n    expect: no rows\n"
	writeFile(t, filepath.Join(dir, "fanql.yaml"), config)
}

// varying has what differs from run to run, and its replacement.
var varying = []struct {
	what *regexp.Regexp
	is   string
}{
	{regexp.MustCompile(`\d+\.\d{3}s`), "TIME"},
	{regexp.MustCompile(`round 1, \d\d:\d\d:\d\d`), "round 1, CLOCK"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(every`), "CLOCK (every"},
}

// pinged matches a line of a ping, whose columns are as wide as its times.
var pinged = regexp.MustCompile(`(?m)^( (?:source|shop-\d) .*|-+\+.*)$`)

// runSession types the commands on a terminal with these environment variables, and returns the
// screens.
func runSession(t *testing.T, columns int, environ ...string) (screens string, s *testkit.Screen) {
	t.Helper()
	dir := t.TempDir()
	shops(t, dir)
	if err := os.Symlink(plainProgram(t), filepath.Join(dir, "fanql")); err != nil {
		t.Fatal(err)
	}
	s = testkit.NewScreen(t, 80, 40)
	var all strings.Builder
	for _, line := range session {
		if line == wider {
			s.Resize(t, columns, 40)
			continue
		}
		s.Clear(t, "$ "+line)
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "/bin/sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append([]string{"PATH=" + dir + ":/usr/bin:/bin", "HOME=" + dir, "PAGER=", "TZ=UTC"}, environ...)
		s.Start(t, cmd)
		status := exitStatus(t, cmd.Wait())
		s.Mark(t)
		text := s.Shown()
		for _, v := range varying {
			text = v.what.ReplaceAllString(text, v.is)
		}
		if strings.Contains(line, "ping") {
			text = pinged.ReplaceAllStringFunc(text, func(line string) string {
				return regexp.MustCompile(`\d+\.\d`).ReplaceAllString(regexp.MustCompile(`([ -])[ -]+`).ReplaceAllString(line, "$1"), "MS")
			})
		}
		text = strings.ReplaceAll(text, dir, "DIR")
		fmt.Fprintf(&all, "%s\n[exit status %d]\n\n", text, status)
	}
	return all.String(), s
}

func screenAt(screens []string, i int) string {
	if i < len(screens) {
		return screens[i]
	}
	return "none"
}

func TestSession(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		columns int
		environ []string
		golden  string
	}{
		{"without colours", 200, []string{"TERM=xterm", "LC_ALL=C.UTF-8", "NO_COLOR=1"}, "utf8.txt"},
		// Colours add no information to the text.
		{"with colours", 200, []string{"TERM=xterm-256color", "LC_ALL=C.UTF-8"}, "utf8.txt"},
		{"a dumb terminal in the C locale", 80, []string{"TERM=dumb", "LC_ALL=C"}, "plain.txt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, s := runSession(t, c.columns, c.environ...)
			if styled := strings.Contains(s.Written(), "\x1b[1m"); styled != (c.name == "with colours") {
				t.Errorf("it has colours: %v", styled)
			}
			if c.golden == "plain.txt" {
				for i, r := range s.Written() {
					if r >= 0x80 {
						t.Errorf("%U was written: %q", r, s.Written()[max(0, i-60):i+20])
					}
				}
			}
			path := filepath.Join("testdata", "session", c.golden)
			if *updateScreens && c.name != "with colours" {
				writeFile(t, path, got)
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			screens, golden := strings.Split(got, "\n$ "), strings.Split(string(want), "\n$ ")
			for i := range max(len(screens), len(golden)) {
				if is, want := screenAt(screens, i), screenAt(golden, i); is != want {
					t.Errorf("screen %d is\n%s\nwant\n%s", i+1, is, want)
				}
			}
		})
	}
}
