// The date in the names of an export's files.

package run_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// A run begins a moment before midnight in UTC and ends later. All its files have the date on
// which it began. The user's clock shows another date.
func TestFilesHaveTheDateOnWhichTheRunBegan(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for _, name := range []string{"a", "b"} {
		path := filepath.Join(dir, name+".db")
		mustExec(t, openSQLite(t, path), "create table t as select 1 as id union all select 2")
		names = append(names, name+"=sqlite:"+path)
	}
	csv, _ := output.Formats.ByName("csv")
	var stderr bytes.Buffer
	r := run.Request{
		Config: &config.Config{Dialects: sources.Dialects}, Getenv: os.Getenv, Sources: names, Query: statement.Query{Text: "select id from t"},
		Format: csv, SourceColumn: "source", Limits: run.Limits{Timeout: time.Minute}, Output: filepath.Join(dir, "out", "{date}", "{source}-{part}.csv"),
		Now: time.Date(2026, 2, 1, 2, 59, 59, 999_999_999, time.FixedZone("", 3*60*60)),
	}
	r.Export.RowsPerFile, r.Export.Manifest = 1, filepath.Join(dir, "m.json")
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	p, err := run.New(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if warnings, err := p.Create(t.Context()); err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	if v, err := p.Execute(t.Context(), run.Host{Out: run.Stream{Plain: &stderr}, Err: run.Stream{Plain: &stderr}}); err != nil || v.Exit() != 0 {
		t.Fatalf("%v, %s", err, &stderr)
	}
	var found []string
	for _, pattern := range []string{"[^.]*", "*/*"} {
		list, err := filepath.Glob(filepath.Join(dir, "out", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			found = append(found, strings.TrimPrefix(path, filepath.Join(dir, "out")+"/"))
		}
	}
	const want = "2026-01-31 2026-01-31/a-0001.csv 2026-01-31/a-0002.csv 2026-01-31/b-0001.csv 2026-01-31/b-0002.csv"
	if got := strings.Join(found, " "); got != want {
		t.Errorf("the files are %s, want %s", got, want)
	}
	m, err := exportstate.ReadManifest(filepath.Join(dir, "m.json"))
	if err != nil {
		t.Fatal(err)
	}
	if day := m.Started.Format(time.DateOnly); day != "2026-01-31" || len(m.Files) != 4 || !m.Ended.After(m.Started) {
		t.Errorf("the manifest has %d files of a run from %v to %v", len(m.Files), m.Started, m.Ended)
	}
}
