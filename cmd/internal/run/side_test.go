// Concurrent runs in one process, as in a daemon.

package run_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/sources"
	_ "github.com/fanql/fanql/sources/sqlite/sqlite3"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/testdata/testkit"
)

// stopped is the cause with which a caller cancels its run.
type stopped struct{}

func (stopped) Error() string   { return "stopped" }
func (stopped) ExitStatus() int { return 77 }

// broken is a writer that always fails.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// A sideRun is one of the concurrent runs and its expected result.
type sideRun struct {
	name    string
	change  func(*run.Request, string) // changes the request; the string is a folder that only this run uses
	end     time.Duration              // the caller cancels the run after this time; 0 means never
	host    run.Host
	exit    int
	out     string // the expected text in the host's Out, or in the file
	failure string // the expected text in the summary
}

func sideRuns(silent, refused string) []sideRun {
	const rows = "source,id,v\na,1,x\na,3,y\nb,2,x\nb,3,z\n"
	file := func(r *run.Request, folder string) { r.Output = filepath.Join(folder, "out.csv") }
	ordered := columns.Order{{Name: "id"}, {Name: "source"}}
	return []sideRun{
		{name: "gathered", change: func(r *run.Request, _ string) { r.Merge.SourceOrder = true }, out: rows},
		{name: "in parallel, into a file", change: file, out: rows},
		{name: "merged in order", change: func(r *run.Request, _ string) { r.Merge.Order = ordered }, out: "source,id,v\na,1,x\nb,2,x\na,3,y\nb,3,z\n"},
		{name: "in order while they run", change: func(r *run.Request, folder string) {
			file(r, folder)
			r.Merge.Order, r.Merge.Sorted = ordered, true
		}, out: "source,id,v\na,1,x\nb,2,x\na,3,y\nb,3,z\n"},
		{name: "distinct", change: func(r *run.Request, _ string) {
			r.Merge.Distinct, r.Merge.Prefer = &merge.Distinct{Key: columns.Order{{Name: "id"}}}, []string{"b"}
		}, out: "source,id,v\na,1,x\nb,2,x\nb,3,z\n"},
		{name: "a slice", change: func(r *run.Request, _ string) {
			r.Merge.SourceOrder, r.Merge.Slice = true, merge.Slice{Offset: 1, Limit: 2, Limited: true}
		}, out: "source,id,v\na,3,y\nb,2,x\n"},
		{name: "streamed", change: func(r *run.Request, _ string) { r.Stream, r.Sources = true, []string{"a"} }, out: "source,id,v\na,1,x\na,3,y\n"},
		{name: "reduced", change: func(r *run.Request, _ string) {
			r.Reduce = &run.Reduce{SQL: "select v, count(*)::int as n from rows group by v order by v"}
		}, out: "v,n\nx,2\ny,1\nz,1\n"},
		{name: "several tables", change: func(r *run.Request, _ string) {
			q := r.Query
			r.Tables = []run.Table{{Name: "l", Sources: []string{"a"}, Query: q}, {Name: "r", Sources: []string{"b"}, Query: q}}
			r.Reduce = &run.Reduce{SQL: "select id, l.v as a, r.v as b from l join r using (id)"}
		}, out: "id,a,b\n3,y,z\n"},
		{name: "compared", change: func(r *run.Request, _ string) {
			r.Diff = &run.Compare{Diff: compare.Diff{Key: columns.Order{{Name: "id"}}}}
		}, exit: 4, out: `source,change,id,column,baseline,value
b,removed,1,,"{""v"":""x""}",
b,added,2,,,"{""v"":""x""}"
b,changed,3,v,y,z
`},
		{name: "their tables", change: func(r *run.Request, _ string) {
			r.Catalogue = &run.Catalogue{Listing: run.ListTables}
		}, out: "table,kind,sources,rows,counted,comment\no,table,2 of 2,,,\n"},
		{name: "their schemas compared", change: func(r *run.Request, _ string) {
			r.Catalogue = &run.Catalogue{Scope: catalog.Scope{Columns: true, Indexes: true}, Compare: true, Baseline: "b"}
		}, out: "source,table,what,name,baseline,value\n", failure: "a: same, 1 table"},
		{name: "an unknown table", change: func(r *run.Request, _ string) {
			r.Catalogue = &run.Catalogue{Scope: catalog.Scope{Tables: []catalog.Pattern{catalog.Exactly("", "oo")}}, Listing: run.ListColumns}
		}, exit: 1, failure: "no answer: no source has a table oo: did you mean o?"},
		{name: "a sample", change: func(r *run.Request, _ string) {
			r.Sample, r.Merge.SourceOrder = &run.Sample{Table: catalog.Exactly("", "O"), Rows: 1}, true
		}, out: "source,id,v\na,1,x\nb,2,x\n"},
		{name: "one refuses", change: func(r *run.Request, _ string) {
			r.Sources = []string{"a", "dead=postgres://u@" + refused + "/x"}
		}, exit: 3, out: "source,id,v\na,1,x\na,3,y\n", failure: "dead (failed"},
		{name: "one never answers", change: func(r *run.Request, _ string) {
			r.Sources, r.Limits.Timeout = []string{"a", "late=mysql://u@" + silent + "/x"}, 700*time.Millisecond
		}, exit: 3, out: "source,id,v\na,1,x\na,3,y\n", failure: "late (timeout"},
		{name: "a file that wants all", change: func(r *run.Request, folder string) {
			file(r, folder)
			r.Sources = []string{"a", "dead=postgres://u@" + refused + "/x"}
		}, exit: 1, failure: "no answer"},
		{name: "SQL that a server refuses", change: func(r *run.Request, _ string) { r.Query.Text = "select nothing from rows" }, exit: 1, failure: "no answer"},
		{name: "SQL of a reduce that fails", change: func(r *run.Request, _ string) {
			r.Reduce = &run.Reduce{SQL: "select error('no ' || count(*)) as e from rows"}
		}, exit: 1, failure: "no 4"},
		{name: "cancelled by its caller", change: func(r *run.Request, _ string) {
			r.Sources = []string{"late=postgres://u@" + silent + "/x"}
		}, end: 300 * time.Millisecond, exit: 77, failure: "interrupted"},
		{name: "cancelled after an answer", change: func(r *run.Request, _ string) {
			r.Sources = []string{"a", "late=postgres://u@" + silent + "/x"}
		}, end: 700 * time.Millisecond, exit: 77, out: "source,id,v\na,1,x\na,3,y\n", failure: "late (canceled"},
		{name: "the result cannot be written", change: func(*run.Request, string) {}, host: run.Host{Out: run.Stream{Plain: broken{}}}, exit: 1, failure: "the disk is full"},
		{name: "a result beyond its memory", change: func(r *run.Request, _ string) {
			r.Memory, r.Sources = 16<<10, []string{"a"}
			r.Query.Text = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select count(*) as n, max(length(printf('%0100d', i))) as l from n"
		}, out: "source,n,l\na,20000,100\n"},
		{name: "a value beyond its memory", change: func(r *run.Request, _ string) {
			r.Memory, r.Sources = 16<<10, []string{"a"}
			r.Query.Text = "select printf('%0100000d', 1) as v"
		}, exit: 1, failure: "no answer"},
	}
}

func TestManyRunsSideBySide(t *testing.T) {
	folder := t.TempDir()
	for name, values := range map[string]string{"a": "(1, 'x'), (3, 'y')", "b": "(2, 'x'), (3, 'z')"} {
		db, err := sql.Open("sqlite3", filepath.Join(folder, name+".db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "create table o (id integer, v text); insert into o values "+values); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text := fmt.Sprintf("sources:\n  a: {url: \"sqlite:%[1]s/a.db\"}\n  b: {url: \"sqlite:%[1]s/b.db\"}\n", folder)
	if err := os.WriteFile(filepath.Join(folder, "fanql.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(filepath.Join(folder, "fanql.yaml"), sources.Dialects, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	all := sideRuns(testkit.Silent(t), testkit.Refusing(t))
	if len(all) < 24 {
		t.Fatalf("there are %d runs", len(all))
	}
	var allSources sync.WaitGroup
	for _, s := range all {
		own := t.TempDir()
		allSources.Go(func() {
			if err := s.run(t.Context(), c, own); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		})
	}
	allSources.Wait()
}

// run executes the run. It returns an error that describes how the result differs from the expected
// one.
func (s sideRun) run(ctx context.Context, c *config.Config, folder string) error {
	csv, _ := output.Formats.ByName("csv")
	r := run.Request{
		Config: c, Getenv: os.Getenv, Query: statement.Query{Text: "select id, v from o order by id"}, Now: time.Now(),
		Format: csv, SourceColumn: "source", Memory: 64 << 20, Limits: run.Limits{Timeout: time.Minute},
	}
	s.change(&r, folder)
	p, err := run.New(r)
	if err != nil {
		return err
	}
	defer p.Close()
	if _, err := p.Create(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if s.end > 0 {
		time.AfterFunc(s.end, func() { cancel(stopped{}) })
	}
	var out, summary bytes.Buffer
	h := s.host
	if h.Out.Plain == nil {
		h.Out.Plain = &out
	}
	h.Err.Plain = &summary
	v, err := p.Execute(ctx, h)
	if err != nil {
		return err
	}
	got := out.String()
	if r.Output != "" {
		text, err := os.ReadFile(r.Output)
		if s.exit == 0 && err != nil {
			return err
		}
		got = string(text)
	}
	if v.Exit() != s.exit || got != s.out || !strings.Contains(summary.String(), s.failure) {
		return fmt.Errorf("exit status %d, want %d; the output is\n%swant\n%sthe summary is\n%s", v.Exit(), s.exit, got, s.out, &summary)
	}
	states := 0
	for _, state := range []query.State{query.OK, query.Failed, query.Timeout, query.Canceled, query.Skipped, query.Truncated} {
		states += v.Count(state)
	}
	if states != len(p.Targets) {
		return fmt.Errorf("%d of %d sources have ended\n%s", states, len(p.Targets), &summary)
	}
	return nil
}
