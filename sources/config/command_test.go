// password_command: its result, and that it leaves no process running.

//go:build unix

package config

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

func TestPasswordCommand(t *testing.T) {
	for _, c := range []struct{ what, command, want, err string }{
		{"the first line", "echo pw; echo more", "pw", ""},
		{"no newline", "printf pw", "pw", ""},
		{"a carriage return is cut", `printf 'pw\r\n'`, "pw", ""},
		{"spaces are kept", `printf ' p w \n'`, " p w ", ""},
		{"a child that holds the pipe is not waited for", "sleep 5 & echo pw", "pw", ""},
		{"more than is kept", "echo pw; head -c 1000000 /dev/zero", "pw", ""},
		{"nothing", "true", "", "password_command: it printed no password"},
		{"a failure", "echo s3cr3t; exit 3", "", "password_command: exit status 3"},
		{"a failure with a reason", "echo s3cr3t; echo 'store is\tlocked' >&2; echo more >&2; exit 1", "", "password_command: exit status 1: store is locked"},
	} {
		t.Run(c.what, func(t *testing.T) {
			begin := time.Now()
			got, err := runPasswordCommand(t.Context(), c.command, "", os.Environ())
			if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("%q, %v, want %q, %s", got, err, c.want, c.err)
			}
			if d := time.Since(begin); d > 4*time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
}

func TestPasswordCommandThatHangsIsKilledWithItsChildren(t *testing.T) {
	t.Chdir(t.TempDir())
	late := errors.New("timed out after 30s")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() {
		_, err := runPasswordCommand(ctx, "sleep 300 & echo $! > child.new; mv child.new child; wait", "", os.Environ())
		ended <- err
	}()
	var child int
	testkit.Eventually(t, 10*time.Second, "the child starts", func() bool {
		text, err := os.ReadFile("child")
		child, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	cancel(late)
	select {
	case err := <-ended:
		if !errors.Is(err, late) {
			t.Errorf("error %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on after its context")
	}
	testkit.Eventually(t, 10*time.Second, "the child ends", func() bool { return !running(child) })
}

// running reports whether a process exists and is not a zombie. A zombie waits only for its
// parent.
func running(pid int) bool {
	if text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		_, after, _ := strings.Cut(string(text), ") ")
		return !strings.HasPrefix(after, "Z")
	}
	return syscall.Kill(pid, 0) == nil
}

// If a user writes a password in place of the command, a shell gets the password, and the
// shell's error would repeat it.
func TestHostileAPasswordInPlaceOfTheCommandIsNotPrinted(t *testing.T) {
	dir := t.TempDir()
	for _, command := range []string{
		"S3CR3T", "my S3CR3T", "S3CR3T/x", "./S3CR3T", "/S3CR3T", "S3CR3T&x", "a&S3CR3T", "S3<CR3T", "x<S3CR3T", "S3CR3T(x", "'S3CR3T", "`S3CR3T`",
		"x;S3CR3T", "$S3CR3T", "${S3CR3T}", "${S3CR3T!}", "cat<S3CR3T", "!S3CR3T", "-S3CR3T", "A=1 S3CR3T", "echo `S3CR3T`; false", ". S3CR3T", "cd S3CR3T",
		"S3CR3T|cat", "exec S3CR3T", "#S3CR3T", "*S3CR3T", "{S3CR3T", "S3CR3T)", "\"S3CR3T",
	} {
		_, err := runPasswordCommand(t.Context(), command, dir, os.Environ())
		if err == nil || strings.Contains(err.Error(), "S3CR3T") || strings.Contains(err.Error(), "CR3T") {
			t.Errorf("%s: %v", command, err)
		}
	}
	// The command's own messages are shown, even if they repeat an argument.
	for _, command := range []string{"ls /no/such/file", "LC_ALL=C ls /no/such/file", "if true; then ls /no/such/file; fi", "(ls /no/such/file)"} {
		if _, err := runPasswordCommand(t.Context(), command, dir, os.Environ()); err == nil || !strings.Contains(err.Error(), "/no/such/file") {
			t.Errorf("%s: %v", command, err)
		}
	}
}
