// Exports of the built program: checksums, two runs at the same time, and many sources.

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/process"
)

// manifestOf reads a manifest, and compares the files that it lists with its sizes, checksums and
// numbers of rows.
func manifestOf(t *testing.T, path string) *exportstate.Manifest {
	t.Helper()
	m, err := exportstate.ReadManifest(path)
	if err != nil || m == nil {
		t.Fatalf("%v (%v)", m, err)
	}
	for _, f := range m.Files {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), filepath.FromSlash(f.Name)))
		if sum := fmt.Sprintf("%x", sha256.Sum256(text)); err != nil || sum != f.SHA256 || int64(len(text)) != f.Bytes {
			t.Errorf("%s: %d bytes with the checksum %s, and the manifest has %d bytes with %s (%v)", f.Name, len(text), sum, f.Bytes, f.SHA256, err)
		}
		if rows := int64(bytes.Count(text, []byte("\n"))) - 1; rows != f.Rows {
			t.Errorf("%s: %d rows, and the manifest has %d", f.Name, rows, f.Rows)
		}
	}
	return m
}

// ranIn runs the program in a folder, and returns its exit status and stderr.
func ranIn(t *testing.T, dir string, args ...string) (status int, stderr string) {
	t.Helper()
	cmd := program(t, args...)
	cmd.Dir = dir
	var text bytes.Buffer
	cmd.Stderr = &text
	return exitStatus(t, cmd.Run()), text.String()
}

func TestAManifestHasTheSumsOfAllFiles(t *testing.T) {
	t.Parallel()
	lite := "lite=" + manyOrders(t, 5000)
	for name, args := range map[string][]string{
		"one file":               {"-o", "out.csv"},
		"one file, gathered":     {"-o", "out.csv", "--require", "any"},
		"a file for each source": {"-o", "{source}.csv"},
		"parts":                  {"-o", "{source}-{part}.csv", "--rows-per-file", "1234"},
		"parts of one result":    {"-o", "all-{part}.csv", "--rows-per-file", "3333", "--order-by", "id"},
		"reduced":                {"-o", "out.csv", "--reduce", "select id from rows limit 100"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			status, stderr := ranIn(t, dir, append([]string{"query", "-s", lite, "-s", "second=" + lite[5:], "select id from orders", "--manifest", "m.json"}, args...)...)
			if status != 0 {
				t.Fatal(stderr)
			}
			m, rows := manifestOf(t, filepath.Join(dir, "m.json")), int64(0)
			for _, f := range m.Files {
				rows += f.Rows
			}
			if want := map[bool]int64{true: 100, false: 10000}[name == "reduced"]; !m.Complete || rows != want || len(m.Sources) != 2 {
				t.Errorf("%d rows: %+v", rows, m)
			}
		})
	}
}

func TestTwoRunsWithTheSameFiles(t *testing.T) {
	t.Parallel()
	lite := "lite=" + smallOrders(t)
	dir := t.TempDir()
	for flag, args := range map[string][]string{
		"-o {source}.csv":     {"-o", "{source}.csv"},
		"--manifest m.json":   {"-o", "out.csv", "--manifest", "m.json"},
		"--state s.json":      {"-o", "other.csv", "--state", "s.json", "--watermark", "id", "--since-initial", "0"},
		"-o {source}-{date}x": {"-o", "{source}-{date}x", "--csv"},
	} {
		name := flag[strings.LastIndex(flag, " ")+1:]
		lock := filepath.Join(dir, "."+name+".lock")
		unlock, err := process.LockNamed(t.Context(), lock, 0)
		if err != nil {
			t.Fatal(err)
		}
		text := "select id from orders where id > 0"
		if strings.HasPrefix(flag, "--state") {
			text = "select id from orders where id > :since"
		}
		args = append([]string{"query", "-q", "-s", lite, text}, args...)
		status, stderr := ranIn(t, dir, args...)
		want := fmt.Sprintf("fanql: %s: another run is at work with it (pid %d on ", flag, os.Getpid())
		if status != 1 || !strings.HasPrefix(stderr, want) || !strings.HasSuffix(stderr, "): no query was sent; --lock-wait 5m waits for it\n") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit status %d, %s\nwant %s", status, stderr, want)
		}
		begun := time.Now()
		status, stderr = ranIn(t, dir, append(args, "--lock-wait", "400ms")...)
		if took := time.Since(begun); status != 1 || took < 400*time.Millisecond || !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: after %v of waiting in vain: exit status %d, %s", flag, took, status, stderr)
		}
		// Nothing shows that the run waits for the lock. On a busy machine it may not wait yet, so
		// later signals follow.
		for n, after := range []time.Duration{300 * time.Millisecond, 2 * time.Second, 8 * time.Second} {
			status, text := interruptedAfter(t, dir, after, append(args, "--lock-wait", "1h")...)
			if status == 130 && text == "fanql: interrupted before a query was sent\n" {
				break
			}
			if n == 2 {
				t.Errorf("%s: interrupted: exit status %d, %s", flag, status, text)
			}
		}
		time.AfterFunc(300*time.Millisecond, func() { _ = unlock() })
		if status, stderr := ranIn(t, dir, append(args, "--lock-wait", "20s")...); status != 0 || stderr != "" {
			t.Errorf("%s: after a wait: exit status %d, %s", flag, status, stderr)
		}
		if _, err := os.Lstat(lock); err == nil {
			t.Errorf("%s stays", lock)
		}
	}
}

// interruptedAfter runs the program in a folder, and sends it a SIGINT after a while.
func interruptedAfter(t *testing.T, dir string, after time.Duration, args ...string) (status int, stderr string) {
	t.Helper()
	cmd := program(t, args...)
	cmd.Dir = dir
	var text bytes.Buffer
	cmd.Stderr = &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after) // the caller chooses the time, so that the signal arrives in a certain step
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	return exitStatus(t, cmd.Wait()), text.String()
}

// Each of thousands of sources has its own file, and only one file is open at a time.
func TestManySourcesHaveAFileEach(t *testing.T) {
	const many = 1500
	dir := t.TempDir()
	first := manyOrders(t, 3)
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range many {
		if err := os.WriteFile(filepath.Join(dir, "db", fmt.Sprintf("s%04d.db", i)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fanql := programAt(t, plainProgram(t), "query", "-q", "-s", "db=db/*.db", "select id from orders", "-o", "{source}.csv", "--manifest", "m.json", "--report", "r.json")
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `ulimit -n 256 && exec "$0" "$@"`, fanql.Path}, fanql.Args[1:]...)...)
	cmd.Dir, cmd.Env = dir, fanql.Env
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%s (%v)", out, err)
	}
	m := manifestOf(t, filepath.Join(dir, "m.json"))
	if len(m.Files) != many || !m.Complete {
		t.Errorf("%d files", len(m.Files))
	}
	var report struct {
		Command string `json:"command"`
		Query   string `json:"query_sha256"`
	}
	text, err = os.ReadFile(filepath.Join(dir, "r.json"))
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil || report.Command != "query" || report.Query != m.Query || len(m.Query) != 64 {
		t.Errorf("%+v (%v)", report, err)
	}
	wantFiles(t, dir, "db", "m.json", "r.json")
}
