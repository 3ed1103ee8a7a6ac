// Exports on a full disk, and exports that are killed, leave either all old files or all new ones.

package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// contents returns the contents of the files in some folders, by path.
func contents(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = string(text)
		}
	}
	return all
}

// Each kind of file has its own disk, with the given number of free pages. If the export fails, no
// file has changed and no new file is left, on that disk or on another.
func TestAFullDiskUnderAnyFileOfAnExportLeavesAllOldOnes(t *testing.T) {
	needsMount(t)
	lite := manyOrders(t, 60) // less than a page
	other := filepath.Join(t.TempDir(), "other.db")
	text, err := os.ReadFile(lite)
	if err == nil {
		err = os.WriteFile(other, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, full := range []string{"files", "state", "manifest", "all"} {
		failed, ended := 0, 0
		most := 5
		if full == "all" {
			most = 14
		}
		for free := range most {
			t.Run(fmt.Sprintf("%s, %d pages are free", full, free), func(t *testing.T) {
				disk, dir, tmp := smallDisk(t), t.TempDir(), t.TempDir()
				at := map[string]string{"files": dir, "state": dir, "manifest": dir}
				if full == "all" {
					at = map[string]string{"files": disk, "state": disk, "manifest": disk}
				} else {
					at[full] = disk
				}
				export := func(more ...string) (int, string) {
					cmd := program(t, append([]string{
						"query", "-q", "-s", "a=" + lite, "-s", "b=" + other, "-o", at["files"] + "/{source}.csv",
						"--manifest", at["manifest"] + "/m.json", "--state", at["state"] + "/s.state", "--watermark", "id", "select id, note from orders where id > :since",
					}, more...)...)
					cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
					var stderr bytes.Buffer
					cmd.Stderr = &stderr
					return exitStatus(t, cmd.Run()), stderr.String()
				}
				if status, stderr := export("--since-initial", "50"); status != 0 {
					t.Fatalf("exit status %d: %s", status, stderr)
				}
				state := at["state"] + "/s.state"
				if out, err := program(t, "state", "set", state, "a", "1").CombinedOutput(); err != nil {
					t.Fatalf("%s (%v)", out, err)
				}
				fillDisk(t, disk)
				if err := os.Truncate(filepath.Join(disk, "filler"), pagesLeft(t, disk, free)); err != nil {
					t.Fatal(err)
				}
				before := contents(t, disk, dir)
				status, stderr := export()
				after := contents(t, disk, dir)
				switch status {
				case 0:
					ended++
					if maps.Equal(before, after) || len(after) != len(before) {
						t.Errorf("there are %q", slices.Sorted(maps.Keys(after)))
					}
					manifestOf(t, at["manifest"]+"/m.json")
				case 1, 2:
					failed++
					if !maps.Equal(before, after) {
						t.Errorf("the files are %q, and they were %q", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
					}
					if !strings.Contains(stderr, "no space left on device") {
						t.Errorf("it says %s", stderr)
					}
					if full == "manifest" && (status != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "m.json")) {
						t.Errorf("exit status %d: %s", status, stderr)
					}
				default:
					t.Errorf("exit status %d: %s", status, stderr)
				}
				wantFiles(t, tmp)
			})
		}
		if failed == 0 || ended == 0 {
			t.Errorf("%s: %d exports failed, and %d did not: both must occur, so choose other numbers of pages", full, failed, ended)
		}
	}
}

// pagesLeft returns the size of the filler that leaves that number of free pages.
func pagesLeft(t *testing.T, disk string, pages int) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	return max(info.Size()-int64(pages)*int64(os.Getpagesize()), 0)
}

// The program is killed at some moment and then run again. A reader of the manifest never finds
// files that do not belong to it, and no hidden file is left.
func TestAnExportThatIsKilledIsRepairedByTheNext(t *testing.T) {
	const many = 60
	dir := t.TempDir()
	text, err := os.ReadFile(manyOrders(t, 5))
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "db"), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range many {
		if err := os.WriteFile(filepath.Join(dir, "db", fmt.Sprintf("s%03d.db", i)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	begin := func(limit string) (wait func() (int, string), kill func()) {
		cmd := program(t, "query", "-q", "-s", "db=db/*.db", "select "+limit+" as run, id from orders", "-o", "out/{source}.csv", "--manifest", "m.json")
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return func() (int, string) { return exitStatus(t, cmd.Wait()), stderr.String() }, func() { _ = cmd.Process.Signal(syscall.SIGKILL) }
	}
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if wait, _ := begin("0"); true {
		if status, stderr := wait(); status != 0 || stderr != "" {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
	}
	took := time.Since(began)
	repaired := 0
	for n := range 5 {
		wait, kill := begin(fmt.Sprint(n + 1))
		time.Sleep(took * time.Duration(n+4) / 10) // each kill hits another moment
		kill()
		if status, _ := wait(); status == 0 {
			continue
		}
		wait, _ = begin(fmt.Sprint(n + 100))
		status, stderr := wait()
		if status != 0 || stderr != "" && !strings.Contains(stderr, "a run that was ended (pid ") {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
		if stderr != "" {
			repaired++
		}
		if m := manifestOf(t, filepath.Join(dir, "m.json")); len(m.Files) != many {
			t.Errorf("%d files", len(m.Files))
		}
		wantFiles(t, dir, "db", "m.json", "out")
		entries, err := os.ReadDir(filepath.Join(dir, "out", "db"))
		if err != nil || len(entries) != many {
			t.Errorf("%d entries (%v)", len(entries), err)
		}
		wantFiles(t, filepath.Join(dir, "out"), "db")
	}
	t.Logf("%d of 5 were repaired; a run takes %s", repaired, took)
}
