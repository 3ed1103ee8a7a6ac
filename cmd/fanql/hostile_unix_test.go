//go:build unix

// The program in folders that other users may write to. They have put files into a sticky folder,
// and FIFOs that no process reads.

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// somebody is the id of a user who is neither the current user nor root.
const somebody = 12345

// outcome is the result of one run of the program.
type outcome struct {
	status         int
	stdout, stderr string
}

func runProgram(t *testing.T, args ...string) (o outcome) {
	t.Helper()
	cmd := program(t, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	o.status = exitStatus(t, cmd.Run())
	o.stdout, o.stderr = out.String(), said.String()
	return o
}

func TestHostileFoldersOfTheProgram(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can change the owner of a file: run it as root")
	}
	db := smallOrders(t)
	checks := filepath.Join(t.TempDir(), "c.yaml")
	mustAll(t, os.WriteFile(checks, []byte("checks: {some: {sql: select 1 as a, expect: {rows: '= 1'}}}\n"), 0o600))
	query := []string{"query", "-q", "-s", db, "--csv", "select id from orders"}
	check := []string{"check", checks, "-s", db}
	for what, c := range map[string]struct {
		args []string
		flag string
	}{
		"query -o":        {query, "-o"},
		"query --report":  {query, "--report"},
		"query --profile": {query, "--profile"},
		"check -o":        {check, "-o"},
		"check --report":  {check, "--report"},
		"check --lock":    {check, "--lock"},
		"man":             {[]string{"man"}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			folder, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
			mustAll(t, os.WriteFile(victim, []byte("precious"), 0o600), os.Chmod(folder, 0o777|os.ModeSticky))
			planted := filepath.Join(folder, "planted")
			args := slices.Concat(c.args, []string{c.flag, planted})
			if c.flag == "" {
				planted = filepath.Join(folder, "fanql.1")
				args = slices.Concat(c.args, []string{folder})
			}
			for _, p := range []struct {
				kind  string
				plant func() error
			}{
				{"link", func() error {
					return errors.Join(os.Symlink(victim, planted), os.Lchown(planted, somebody, somebody))
				}},
				{"link to nothing", func() error {
					return errors.Join(os.Symlink(victim+".new", planted), os.Lchown(planted, somebody, somebody))
				}},
				{"file", func() error {
					return errors.Join(os.WriteFile(planted, nil, 0o666), os.Chmod(planted, 0o666), os.Chown(planted, somebody, somebody))
				}},
				{"FIFO", func() error {
					return errors.Join(syscall.Mkfifo(planted, 0o666), os.Chown(planted, somebody, somebody))
				}},
			} {
				mustAll(t, p.plant())
				began := time.Now()
				o := runProgram(t, args...)
				if o.status == 0 || !strings.Contains(o.stderr, "planted") && c.flag != "" {
					t.Errorf("%s: status %d\n%s%s", p.kind, o.status, o.stdout, o.stderr)
				}
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("%s: it took %v", p.kind, took)
				}
				if text, _ := os.ReadFile(victim); string(text) != "precious" {
					t.Errorf("%s: the victim holds %q", p.kind, text)
				}
				if _, err := os.Lstat(victim + ".new"); err == nil {
					t.Errorf("%s: the file was made", p.kind)
				}
				if info, _ := os.Lstat(planted); info.Mode().IsRegular() && info.Size() > 0 {
					t.Errorf("%s: it was written to", p.kind)
				}
				mustAll(t, os.Remove(planted))
			}
		})
	}
	t.Run("demo", func(t *testing.T) {
		folder := t.TempDir()
		mustAll(t, os.Chown(folder, somebody, somebody))
		if o := runProgram(t, "demo", folder); o.status != 2 || !strings.Contains(o.stderr, "belongs to another user (12345)") {
			t.Errorf("status %d\n%s", o.status, o.stderr)
		}
	})
}

func TestHostileALockFileIsPrivate(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	folder := t.TempDir()
	path := filepath.Join(folder, "lock")
	unlock, err := lock(path)
	mustAll(t, err)
	mustAll(t, unlock())
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Error(info.Mode(), err)
	}
	mustAll(t, os.Symlink(path, path+".link"))
	if _, err := lock(path + ".link"); err == nil || !strings.HasSuffix(err.Error(), "is a symbolic link: name the file itself") {
		t.Error(err)
	}
}

// For a FIFO of the user's own, fanql waits until the deadline for a reader. A FIFO with a reader
// works.
func TestHostileAFIFOHasTheDeadline(t *testing.T) {
	db := smallOrders(t)
	fifo := filepath.Join(t.TempDir(), "fifo")
	mustAll(t, syscall.Mkfifo(fifo, 0o600))
	for _, flag := range []string{"-o", "--report"} {
		began := time.Now()
		o := runProgram(t, "query", "-s", db, "--csv", "--timeout", "300ms", flag, fifo, "select 1 as id")
		if o.status != 2 || !strings.Contains(o.stderr, "no reader has opened it: timed out after 300ms") || time.Since(began) > 10*time.Second {
			t.Errorf("%s: status %d after %v\n%s", flag, o.status, time.Since(began), o.stderr)
		}
	}
	read := make(chan string)
	go func() {
		text, _ := os.ReadFile(fifo)
		read <- string(text)
	}()
	o := runProgram(t, "query", "-q", "-s", "a="+db, "--csv", "-o", fifo, "select 1 as id")
	if got := <-read; o.status != 0 || got != "source,id\na,1\n" {
		t.Errorf("status %d, %q\n%s", o.status, got, o.stderr)
	}
}

func mustAll(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// A crash writes no core file. A program that the run starts shows the limit, since it inherits it.
func TestHostileNoCoreIsDumped(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "c.yaml")
	mustAll(t, os.WriteFile(config, []byte("sources: {a: {url: 'mysql://u@127.0.0.1:1/d', password_command: 'echo core is; ulimit -c >core; exit 1'}}\n"), 0o600))
	for _, c := range []struct{ traceback, want string }{{"", "0\n"}, {"crash", "8\n"}} {
		cmd := program(t, "query", "--config", config, "select 1")
		limited := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `ulimit -S -c 8; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)...)
		limited.Dir, limited.Env = dir, append(cmd.Env, "GOTRACEBACK="+c.traceback)
		_ = exitStatus(t, limited.Run())
		if got, err := os.ReadFile(filepath.Join(dir, "core")); err != nil || string(got) != c.want {
			t.Errorf("GOTRACEBACK=%s: the limit is %q, want %q (%v)", c.traceback, got, c.want, err)
		}
	}
}
