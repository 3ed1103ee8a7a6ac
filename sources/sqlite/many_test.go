// Many sources, some of them at a time and all at the same time.

package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	dispatch "github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/sqlite"
)

// copies creates n databases with one row each.
func copies(t *testing.T, n int) (paths []string) {
	t.Helper()
	content, err := os.ReadFile(file(t, "create table t(v)", "insert into t values (1)"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for i := range n {
		path := filepath.Join(folder, fmt.Sprintf("%d.db", i))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// states dispatches the tasks. It returns how each source ended, and when the last source
// that ended well did.
func states(ctx context.Context, tasks []dispatch.Task, o dispatch.Options) (ended map[string]dispatch.State, answered time.Duration) {
	ended = map[string]dispatch.State{}
	for a := range dispatch.Dispatch(ctx, tasks, o) {
		ended[a.Outcome.Source] = a.Outcome.State
		if a.Rows != nil {
			answered = max(answered, a.Outcome.Total)
			a.Rows.Discard()
		}
	}
	return ended, answered
}

func TestTwoHundredSourcesAnswer(t *testing.T) {
	for _, limits := range [][]*dispatch.Limit{nil, {{What: "four", Most: 4}}} {
		var tasks []dispatch.Task
		for _, path := range copies(t, 200) {
			tasks = append(tasks, dispatch.Task{Source: sqlite.New(path, path), Request: driver.Request{SQL: "select v from t"}, Limits: limits})
		}
		ended, _ := states(t.Context(), tasks, dispatch.Options{})
		for _, a := range tasks {
			if ended[a.Source.Name()] != dispatch.OK {
				t.Errorf("%s is %v", a.Source.Name(), ended[a.Source.Name()])
			}
		}
	}
}

func TestHungSourcesDoNotHoldUpOthers(t *testing.T) {
	two := []*dispatch.Limit{{What: "two", Most: 2, Overflow: &dispatch.Limit{What: "two", Most: 2}, AtMost: 100 * time.Millisecond}}
	var tasks []dispatch.Task
	for i, path := range copies(t, 10) {
		a := dispatch.Task{Source: sqlite.New(path, path), Request: driver.Request{SQL: "select v from t"}, Limits: two}
		if i < 2 {
			a.Request.SQL = forever + "select count(*) from c"
		}
		tasks = append(tasks, a)
	}
	ended, answered := states(t.Context(), tasks, dispatch.Options{Timeout: 3 * time.Second})
	for i, a := range tasks {
		want := dispatch.OK
		if i < 2 {
			want = dispatch.Timeout
		}
		if got := ended[a.Source.Name()]; got != want {
			t.Errorf("source %d is %v, want %v", i, got, want)
		}
	}
	if answered > time.Second {
		t.Errorf("took %v with two hung sources, want little more than 100 ms", answered)
	}
}
