//go:build unix

// A process is killed at each of its steps. After the repair by the next run, there are either all
// old files or all new ones.

package exportstate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/cmd/internal/output"
)

const killAt = "FANQL_TEST_KILL_AT"

func TestMain(m *testing.M) {
	if at, err := strconv.Atoi(os.Getenv(killAt)); err == nil {
		steps := 0
		err := exportInto(os.Args[len(os.Args)-1], "new", func(string) {
			if steps++; steps == at {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
		})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// homesOf returns the homes of an export with a manifest, with files named by a template, and with
// a state in another folder.
func homesOf(folder string) []Home {
	return []Home{
		HomeOf("--manifest", filepath.Join(folder, "out", "manifest.json")),
		{Folder: output.Resolve(filepath.Join(folder, "out")), Base: "{source}.csv", Called: "-o"},
		HomeOf("--state", filepath.Join(folder, "state", "state.json")),
	}
}

// exportInto writes three files, one of them in a folder that does not exist, a state and a
// manifest. It removes a part that is not needed any more.
func exportInto(folder, text string, step func(string)) (err error) {
	tx, _, err := Begin(context.Background(), Options{Homes: homesOf(folder), Step: step})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Close()) }()
	defer func() { err = errors.Join(err, tx.Discard()) }()
	template, err := output.ParseTemplate(filepath.Join(folder, "out", "{source}.csv"))
	if err != nil {
		return err
	}
	sources := []output.Labels{{Source: "a"}, {Source: "b"}, {Source: "sub/c"}}
	set, err := output.NewSet(output.SetOptions{Called: "-o", Template: template, Sources: sources, Naming: tx.Naming})
	if err == nil {
		_, err = set.Locate()
	}
	if err != nil {
		return err
	}
	for i := range sources {
		f, err := set.Create(i, 1)
		if err == nil {
			_, err = io.WriteString(f, text+" "+sources[i].Source)
		}
		if err != nil {
			return err
		}
		staged, err := set.Stage(f)
		if err == nil {
			err = tx.Add(staged)
		}
		if err != nil {
			return err
		}
	}
	if err := tx.Remove(filepath.Join(output.Resolve(folder), "out", "a-0002.csv")); err != nil {
		return err
	}
	for _, name := range []string{"state/state.json", "out/manifest.json"} {
		f, err := output.CreateFor(context.Background(), name, filepath.Join(folder, name))
		if err != nil {
			return err
		}
		f.Naming(func(temp string) error { return tx.Naming(temp, f.Target()) })
		_, err = io.WriteString(f, text+" "+filepath.Base(name))
		if err != nil {
			return err
		}
		staged, err := f.Stage(false)
		if err == nil {
			err = tx.Add(staged)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// before fills a folder as an earlier export has left it.
func before(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range old {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

var (
	old = map[string]string{
		"out/a.csv": "old a", "out/a-0002.csv": "old part", "out/b.csv": "old b",
		"out/manifest.json": "old manifest.json", "state/state.json": "old state.json",
	}
	fresh = map[string]string{
		"out/a.csv": "new a", "out/b.csv": "new b", "out/sub/c.csv": "new sub/c",
		"out/manifest.json": "new manifest.json", "state/state.json": "new state.json",
	}
)

// content returns the contents of the files in a folder, except the lock files.
func content(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || strings.HasSuffix(path, ".lock") {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// repairIn begins a run and ends it.
func repairIn(t *testing.T, homes []Home) []string {
	t.Helper()
	tx, lines, err := Begin(t.Context(), Options{Homes: homes})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Discard(), tx.Close()); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestARunThatIsKilledAtAnyStepLeavesAllOrNothing(t *testing.T) {
	counts := map[string]int{}
	for at := 1; ; at++ {
		folder := before(t)
		cmd := exec.CommandContext(t.Context(), os.Args[0], folder)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", killAt, at))
		out, err := cmd.CombinedOutput()
		if err == nil {
			if got := content(t, folder); !maps.Equal(got, fresh) {
				t.Fatalf("without a kill the files are %q", got)
			}
			if at < 20 {
				t.Errorf("only %d steps", at)
			}
			break
		}
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
			t.Fatalf("step %d: %v\n%s", at, err, out)
		}
		// The next run shares one of the three homes with the killed run.
		homes := homesOf(folder)
		only := homes[at%3 : at%3+1]
		raw := content(t, folder)
		lines := repairIn(t, only)
		got := content(t, folder)
		switch {
		case maps.Equal(got, old):
			counts["old"]++
			if _, err := os.Lstat(filepath.Join(folder, "out", "sub")); err == nil {
				t.Errorf("step %d: the new folder was not removed", at)
			}
		case maps.Equal(got, fresh):
			counts["new"]++
		default:
			// In other homes, only links to a journal that was removed may be left.
			rest := slices.DeleteFunc(slices.Collect(maps.Keys(got)), func(name string) bool { return old[name] != "" || fresh[name] != "" })
			repairIn(t, homes)
			if clean := content(t, folder); !maps.Equal(clean, old) && !maps.Equal(clean, fresh) {
				t.Errorf("step %d: after a repair the files are %q (with %q before the last), and before they were %q", at, clean, rest, raw)
			}
			counts["elsewhere"]++
		}
		halfway := slices.ContainsFunc(slices.Collect(maps.Keys(raw)), func(name string) bool { return strings.HasSuffix(name, ".tmp") })
		if halfway && len(lines) != 1 {
			t.Errorf("step %d: the run reports %q, but found %q", at, lines, raw)
		}
		if len(repairIn(t, homes)) > 0 {
			t.Errorf("step %d: a second run repairs it again", at)
		}
	}
	if counts["old"] < 5 || counts["new"] < 5 {
		t.Errorf("%v", counts)
	}
	t.Log(counts)
}
