// A file for each source is the same whether it is written while the source runs or afterwards. It
// also equals the result of that source alone.

package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// splitExecution returns a run that writes each source to its own file in a folder.
func splitExecution(t *testing.T, folder, template string, f output.Format, tasks []query.Task, export Export) *execution {
	t.Helper()
	parsed, err := output.ParseTemplate(filepath.Join(folder, template))
	if err != nil {
		t.Fatal(err)
	}
	e := &exporting{template: parsed}
	x := &execution{plan: &Plan{exporting: e, request: Request{Format: f, Export: export}}, tasks: tasks}
	var names []string
	for _, task := range tasks {
		names = append(names, task.Source.Name())
		e.labels = append(e.labels, output.Labels{Source: task.Source.Name()})
	}
	if e.set, err = output.NewSet(output.SetOptions{Called: "-o", Template: parsed, Sources: e.labels, Sum: true, Naming: func(temp, target string) error { return e.tx.Naming(temp, target) }}); err == nil {
		_, err = e.set.Locate()
	}
	if err == nil {
		e.tx, _, err = exportstate.Begin(t.Context(), exportstate.Options{Homes: []exportstate.Home{{Folder: folder, Base: "x"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	summary := query.NewSummary(tasks)
	x.verdict = &report.Verdict{Summary: summary}
	x.run = merge.Run{Sources: names, SourceColumn: "source", Notes: summary}
	x.options = query.Options{Memory: 1 << 20, Ended: summary.Ended}
	x.encoder, x.encodable = f.Encoder(output.Options{})
	return x
}

// files executes the move, commits, and returns the contents of the files and the outcomes.
func (x *execution) files(t *testing.T, folder string, move func(context.Context, *execution) error) (map[string]string, []query.Outcome) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	x.cancel = cancel
	err := move(ctx, x)
	if err = errors.Join(err, x.plan.exporting.stager.wait()); err == nil {
		err = x.plan.exporting.tx.Commit()
	}
	if err = errors.Join(err, x.plan.exporting.discard(), x.plan.exporting.tx.Close()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = string(text)
	}
	return all, x.verdict.Outcomes
}

func TestAFileEachIsTheSameHoweverItIsWritten(t *testing.T) {
	modes := map[string]func(context.Context, *execution) error{"while they run": direct, "after they have ended": split}
	rapid.Check(t, func(r *rapid.T) {
		all := randomSources(r)
		f, _ := output.Formats.ByName(rapid.SampledFrom([]string{"csv", "json", "jsonl"}).Draw(r, "format"))
		want := map[string]string{}
		for _, s := range all {
			want[s.name+".x"], _ = gatherUnion(r, f, []*scripted{s})
		}
		for name, move := range modes {
			folder := t.TempDir()
			var tasks []query.Task
			for _, s := range all {
				twin := *s
				tasks = append(tasks, query.Task{Source: &twin})
			}
			x := splitExecution(t, folder, "{source}.x", f, tasks, Export{})
			if got, _ := x.files(t, folder, move); !maps.Equal(got, want) {
				r.Fatalf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

// A failing source sends some rows, and then fails in each attempt.
type failing struct{ scripted }

func (s *failing) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	if answer, err := s.scripted.Run(ctx, q, p, emit); err != nil {
		return answer, err
	}
	return driver.Answer{}, &driver.Error{Phase: driver.Stream, Err: errors.New("it broke")}
}

func TestASourceThatFailsMidwayHasNoFile(t *testing.T) {
	columns := []row.Column{{Name: "a", Type: row.Int}}
	var rows [][]testrow.Fill
	for range 50_000 { // these are more rows than any buffer holds
		rows = append(rows, []testrow.Fill{testrow.Int(1234567)})
	}
	csv, _ := output.Formats.ByName("csv")
	for name, move := range map[string]func(context.Context, *execution) error{"while they run": direct, "after they have ended": split} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			tasks := []query.Task{
				{Source: &scripted{name: "good", columns: columns, rows: rows[:2], every: 1}},
				{Source: &failing{scripted{name: "bad", columns: columns, rows: rows, every: 100}}},
				{Source: &scripted{name: "retried", columns: columns, rows: rows[:3], every: 1, lost: true}},
			}
			x := splitExecution(t, folder, "{source}.csv", csv, tasks, Export{})
			got, outcomes := x.files(t, folder, move)
			want := map[string]string{"good.csv": "source,a\ngood,1234567\ngood,1234567\n", "retried.csv": "source,a\nretried,1234567\nretried,1234567\nretried,1234567\n"}
			if !maps.Equal(got, want) {
				t.Errorf("there are %.200q", got)
			}
			if outcomes[1].State != query.Failed || outcomes[2].State != query.OK || outcomes[2].Attempts != 2 {
				t.Errorf("%+v", outcomes)
			}
			if len(x.plan.exporting.written) != 2 {
				t.Errorf("written are %+v", x.plan.exporting.written)
			}
		})
	}
}

func TestPartsBeginWhereTheyShould(t *testing.T) {
	columns := []row.Column{{Name: "a", Type: row.Int}}
	csv, _ := output.Formats.ByName("csv")
	for rows := range 8 {
		for _, most := range []int64{1, 2, 3, 7} {
			for _, every := range []int{1, 3, 100} {
				var fills [][]testrow.Fill
				for i := range rows {
					fills = append(fills, []testrow.Fill{testrow.Int(int64(i))})
				}
				folder := t.TempDir()
				x := splitExecution(t, folder, "{source}-{part}", csv, []query.Task{{Source: &scripted{name: "s", columns: columns, rows: fills, every: every}}}, Export{RowsPerFile: most})
				got, _ := x.files(t, folder, split)
				want := map[string]string{}
				for part, at := 1, 0; part == 1 || at < rows; part++ {
					text := "source,a\n"
					for range most {
						if at < rows {
							text += fmt.Sprintf("s,%d\n", at)
							at++
						}
					}
					want[fmt.Sprintf("s-%04d", part)] = text
				}
				if !maps.Equal(got, want) {
					t.Errorf("%d rows in parts of %d, written %d at a time: %q, want %q", rows, most, every, got, want)
				}
			}
		}
	}
}

// A driver that does not return after the deadline cannot write into a file that no longer belongs
// to it.
func TestAnAbandonedSourceWritesNoMore(t *testing.T) {
	csv, _ := output.Formats.ByName("csv")
	columns := []row.Column{{Name: "a", Type: row.Int}}
	late := make(chan error, 1)
	stuck := &stubborn{release: make(chan struct{}), late: late, columns: columns}
	folder := t.TempDir()
	x := splitExecution(t, folder, "{source}.csv", csv, []query.Task{
		{Source: &scripted{name: "good", columns: columns, every: 1}}, {Source: stuck},
	}, Export{})
	x.options.Timeout, x.options.Grace = 100*time.Millisecond, 50*time.Millisecond
	got, _ := x.files(t, folder, direct)
	close(stuck.release)
	if <-late == nil {
		t.Error("rows after the deadline were accepted")
	}
	if want := map[string]string{"good.csv": "source,a\n"}; !maps.Equal(got, want) {
		t.Errorf("there are %q", got)
	}
}

// A stubborn source ignores the end of its context.
type stubborn struct {
	columns []row.Column
	release chan struct{}
	late    chan error
}

func (*stubborn) Name() string { return "stuck" }

func (s *stubborn) Run(_ context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	p.Enter(driver.Stream)
	rows := [][]testrow.Fill{{testrow.Int(1)}}
	if err := testrow.Emit(s.columns, rows, 1, emit); err != nil {
		return driver.Answer{}, err
	}
	<-s.release
	err := testrow.Emit(s.columns, rows, 1, emit)
	s.late <- err
	return driver.Answer{}, err
}
