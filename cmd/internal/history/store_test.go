package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func path(t testing.TB) string { return filepath.Join(t.TempDir(), "history.db") }

func opened(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func appended(t testing.TB, s *Store, r Run) int64 {
	t.Helper()
	id, err := s.Append(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func value(s string) *string { return &s }

var noon = time.Date(2026, 11, 30, 12, 0, 0, 123456000, time.UTC)

// example returns a run with everything that a run can have: numbers that are not floats, NULL,
// names with quotes and in other scripts, an error, and a check of one answer over all sources.
func example(started time.Time) Run {
	return Run{
		Name: "shop", Started: started, Ended: started.Add(3 * time.Second), Fanql: "1.2.3", Config: "c0ffee", Verdict: "failed", ExitStatus: 4, Error: "ended early: it's \"over\"",
		Checks: []Check{
			{Name: "all", Asked: "a1", Expected: "e1", Verdict: "failed", Started: time.Millisecond, Lasted: time.Second, Sources: []Source{
				{Name: "", Verdict: "failed", Numbers: []Number{{"n", "integer", value("42")}}},
				{Name: "us", Verdict: "failed", State: "ok", Rows: 1},
				{Name: "eu", Verdict: "failed", State: "ok", Rows: 1},
			}},
			{Name: "größe", Asked: "a2", Expected: "e1", Verdict: "error", Sources: []Source{
				{
					Name: `o'"x`, Verdict: "passed", State: "ok", Rows: 1, Started: 2 * time.Microsecond, Lasted: 3 * time.Microsecond,
					Numbers: []Number{
						{"总", "decimal", value("123456789012345678901234567890.123456789")},
						{"u", "unsigned integer", value("18446744073709551615")},
						{"x", "decimal", nil},
						{"x_2", "float", value("NaN")},
					},
				},
				{Name: "dead", Verdict: "error", State: "timeout", Error: "timed out after 2s"},
			}},
		},
	}
}

func TestARunIsReadAsItWasWritten(t *testing.T) {
	s := opened(t, path(t))
	want := example(noon)
	want.ID = appended(t, s, want)
	got, err := s.Run(t.Context(), want.ID)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%s\nwant\n%s", err, text(t, got), text(t, want))
	}
	if _, err := s.Run(t.Context(), want.ID+1); err != ErrNoRun { //nolint:errorlint // it must be this very error
		t.Errorf("a run that does not exist: %v", err)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSeriesHaveTheirNewestPointsOldestFirst(t *testing.T) {
	s := opened(t, path(t))
	for i := range 5 {
		r := example(noon.Add(time.Duration(i) * time.Hour))
		if i == 3 { // not all checks run each time
			r.Checks = r.Checks[1:]
		}
		r.Checks[len(r.Checks)-1].Sources[0].Numbers[0].Value = value(fmt.Sprint(i))
		appended(t, s, r)
	}
	series := func(f Filter) string {
		list, err := s.Series(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, one := range list {
			line := one.Check + "@" + one.Source
			for _, p := range one.Points {
				line += fmt.Sprintf(" %d", p.Run)
				if len(p.Numbers) > 0 {
					line += "=" + *p.Numbers[0].Value
				}
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "\n")
	}
	is := func(name string) func(string) bool { return func(other string) bool { return other == name } }
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "all@ 1=42 2=42 3=42 5=42\nall@eu 1 2 3 5\nall@us 1 2 3 5\ngröße@dead 1 2 3 4 5\ngröße@o'\"x 1=0 2=1 3=2 4=3 5=4"},
		{Filter{Last: 2, Source: is("eu")}, "all@eu 3 5"},
		{Filter{Since: noon.Add(3 * time.Hour), Check: is("größe")}, "größe@dead 4 5\ngröße@o'\"x 4=3 5=4"},
		{Filter{Since: noon.Add(9 * time.Hour)}, ""},
	} {
		if got := series(c.filter); got != c.want {
			t.Errorf("%+v:\n%s\nwant\n%s", c.filter, got, c.want)
		}
	}
	checks, sources, err := s.Names(t.Context())
	if got := fmt.Sprintf("%q %q %v", checks, sources, err); got != `["all" "größe"] ["" "dead" "eu" "o'\"x" "us"] <nil>` {
		t.Error(got)
	}
	runs, err := s.Runs(t.Context(), noon.Add(time.Hour), 3)
	if err != nil || len(runs) != 3 || runs[0].ID != 3 || runs[2].ID != 5 || runs[2].Counts["error"] != 1 || runs[2].Counts["failed"] != 1 {
		t.Errorf("%+v, %v", runs, err)
	}
}

func TestPruningRemovesTheOldestInStepsAndGivesTheSpaceBack(t *testing.T) {
	file := path(t)
	s := opened(t, file)
	for i := range 40 {
		r := example(noon.Add(time.Duration(i) * time.Hour))
		for n := range 200 {
			c := r.Checks[1]
			c.Name = fmt.Sprint("c", n)
			r.Checks = append(r.Checks, c)
		}
		appended(t, s, r)
	}
	size := func() (pages int) {
		if err := s.db.QueryRowContext(t.Context(), "pragma page_count").Scan(&pages); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	before := size()
	var steps []int
	for {
		n, err := s.Prune(t.Context(), noon.Add(30*time.Hour), 8)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		steps = append(steps, n)
	}
	if !slices.Equal(steps, []int{8, 8, 8, 6}) {
		t.Error(steps)
	}
	if err := s.Shrink(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := size(); after > before/2 {
		t.Errorf("%d pages of %d are left", after, before)
	}
	for _, table := range []string{"checks", "sources", "numbers"} {
		var least int64
		if err := s.db.QueryRowContext(t.Context(), "select min(run) from "+table).Scan(&least); err != nil || least != 31 {
			t.Errorf("%s: %d, %v", table, least, err)
		}
	}
	if id := appended(t, s, example(noon)); id != 41 {
		t.Errorf("a new run has the id %d", id)
	}
}

func TestWhatIsNoHistoryIsRefusedInOneLine(t *testing.T) {
	made := func(statements string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite3", "file:"+path)
			if err == nil {
				_, err = db.ExecContext(t.Context(), statements)
			}
			if err != nil || db.Close() != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	written := func(text string, mode os.FileMode) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		make        func(t *testing.T, path string)
		write, read string // empty means no error
	}{
		"text":               {written("checks:\n  a: b\n"+strings.Repeat("#", 200), 0o600), "it is no history of checks: it is no SQLite database", "it is no history of checks: it is no SQLite database"},
		"another's":          {made("create table orders (id)"), "it is no history of checks: it is a SQLite database of something else", "it is no history of checks: it is a SQLite database of something else"},
		"newer":              {made("create table a (b); pragma application_id = 1718709352; pragma user_version = 7"), "a newer fanql wrote it (version 7 of its tables, and this one knows 2): use that fanql, or another file", "a newer fanql wrote it (version 7 of its tables, and this one knows 2): use that fanql, or another file"},
		"empty":              {written("", 0o600), "", "it is no history of checks: it is a SQLite database of something else"},
		"a folder":           {func(t *testing.T, path string) { _ = os.Mkdir(path, 0o700) }, "it is not a regular file", "it is not a regular file"},
		"writable by others": {written("", 0o622), "it can be written to by others (mode 0622), who could change what the checks remember", "it is no history of checks: it is a SQLite database of something else"},
		"none":               {func(*testing.T, string) {}, "", "there is none yet: a run of fanql check with it begins it"},
		"in a missing folder": {
			func(t *testing.T, path string) { _ = os.Remove(filepath.Dir(path)) },
			"its folder does not exist: make it, or name another file", "there is none yet: a run of fanql check with it begins it",
		},
		"in a folder that is writable by others": {func(t *testing.T, path string) {
			if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
		}, "its folder can be written to by others (mode 0777), who could change what the checks remember", "it is read all the same"},
	} {
		t.Run(name, func(t *testing.T) {
			file := path(t)
			c.make(t, file)
			if s, err := Read(t.Context(), file); name != "in a folder that is writable by others" && errorText(err) != c.read {
				t.Errorf("read: %v, %v", err, s)
			}
			s, err := Open(t.Context(), file)
			if errorText(err) != c.write {
				t.Errorf("write: %v\nwant %s", err, c.write)
			}
			if err == nil {
				appended(t, s, example(noon))
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestTablesAreBroughtUpVersionByVersion(t *testing.T) {
	s := opened(t, path(t))
	id := appended(t, s, example(noon))
	newer := append(slices.Clone(versions), "create table notes (run integer, note text) strict; insert into notes select id, 'old' from runs", "alter table notes add column author text")
	for range 2 { // the second time there is nothing to do
		if err := s.prepare(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
	}
	var notes, version int
	if err := s.db.QueryRowContext(t.Context(), "select (select count(author is null) from notes), (select user_version from pragma_user_version)").Scan(&notes, &version); err != nil || notes != 1 || version != 4 {
		t.Errorf("%d notes, version %d, %v", notes, version, err)
	}
	if _, err := s.Run(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := s.prepare(t.Context(), versions); errorText(err) != "a newer fanql wrote it (version 4 of its tables, and this one knows 2): use that fanql, or another file" {
		t.Error(err)
	}
	broken := append(slices.Clone(newer), "create table more (a); create table more (a)")
	if err := s.prepare(t.Context(), broken); err == nil {
		t.Error("a version that fails was accepted")
	}
	if err := s.db.QueryRowContext(t.Context(), "select user_version from pragma_user_version where not exists (select 1 from sqlite_schema where name = 'more')").Scan(&version); err != nil || version != 4 {
		t.Errorf("after a version that failed: %d, %v", version, err)
	}
}

// Several processes create the file and write to it at the same time. In this test each of them is
// a connection.
func TestSeveralRunsWriteAtOnce(t *testing.T) {
	file := path(t)
	var all sync.WaitGroup
	const writers, runs = 6, 10
	for range writers {
		all.Go(func() {
			s, err := Open(context.Background(), file)
			if err != nil {
				t.Error(err)
				return
			}
			for range runs {
				if _, err := s.Append(context.Background(), example(noon)); err != nil {
					t.Error(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s := opened(t, file)
	list, err := s.Runs(t.Context(), time.Time{}, 0)
	if err != nil || len(list) != writers*runs {
		t.Fatalf("%d runs, %v", len(list), err)
	}
	for _, r := range list {
		got, err := s.Run(t.Context(), r.ID)
		got.ID = 0
		if err != nil || !reflect.DeepEqual(got, example(noon)) {
			t.Fatalf("%v\n%s", err, text(t, got))
		}
	}
}

// If another connection holds the lock for longer than a run waits, the run gives up with that
// reason.
func TestAWriterThatDoesNotEndIsWaitedForForSomeTime(t *testing.T) {
	file := path(t)
	opened(t, file)
	db, err := sql.Open("sqlite3", "file:"+file+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	s := opened(t, file) // the run begins nevertheless
	if _, err := s.db.ExecContext(t.Context(), "pragma busy_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), example(noon)); err == nil || !strings.HasPrefix(err.Error(), "others have been writing to it for 5s") {
		t.Error(err)
	}
}

// large returns a run of 200 checks at two sources, with two numbers for each.
func large() Run {
	r := Run{Name: "large", Started: noon, Ended: noon, Fanql: "1", Config: "c", Verdict: "passed"}
	for i := range 200 {
		c := Check{Name: fmt.Sprint("check-", i), Asked: fmt.Sprint(i), Expected: "e", Verdict: "passed"}
		for _, name := range []string{"eu", "us"} {
			c.Sources = append(c.Sources, Source{Name: name, Verdict: "passed", State: "ok", Rows: 1, Numbers: []Number{{"n", "integer", value("12345")}, {"total", "decimal", value("1234567.89")}}})
		}
		r.Checks = append(r.Checks, c)
	}
	return r
}

// BenchmarkRun measures what a history adds to a run of 200 checks: opening, writing and pruning.
// The limit is 20 ms.
func BenchmarkRun(b *testing.B) {
	file, r := path(b), large()
	for i := 0; b.Loop(); i++ {
		r.Started = noon.Add(time.Duration(i) * time.Hour)
		s, err := Open(b.Context(), file)
		if err == nil {
			_, err = s.Append(b.Context(), r)
		}
		if err == nil {
			_, err = s.Prune(b.Context(), r.Started.Add(-100*time.Hour), 4)
		}
		if err != nil || s.Close() != nil {
			b.Fatal(err)
		}
	}
}
