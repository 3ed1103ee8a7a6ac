// Child processes: the servers, and the programs that use them.
package private

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// A Child is a process that was started.
type Child struct {
	Cmd   *exec.Cmd
	Ended chan struct{} // closed when it has ended; then Err is the result of its Wait
	Err   error
}

// spawn starts a program of a server in dir. It runs as the account who; nil is the current
// account. Its output is appended to the file log. It has its own process group, so that Ctrl-C on
// a terminal does not end the server before COMMAND.
func spawn(argv []string, dir, log string, who *syscall.Credential) (*Child, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the child has its own descriptor, and nothing was written here

	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // its own signal ends it
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C"}
	if locales := os.Getenv("LOCPATH"); locales != "" { // a test may set it
		cmd.Env = append(cmd.Env, "LOCPATH="+locales)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setpgid: true}
	return Start(cmd, syscall.SIGQUIT)
}

// Start starts the command. On Linux it gets the signal onDeath when this program is killed. The
// kernel binds the signal to the thread that starts the child, so a goroutine occupies that thread
// until the child has ended.
func Start(cmd *exec.Cmd, onDeath syscall.Signal) (*Child, error) {
	signalOnDeath(cmd.SysProcAttr, onDeath)
	c := &Child{Cmd: cmd, Ended: make(chan struct{})}
	begun := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		begun <- err
		if err == nil {
			c.Err = cmd.Wait()
			close(c.Ended)
		}
	}()
	if err := <-begun; err != nil {
		return nil, err
	}
	return c, nil
}

// Signal sends a signal to the child, or to its group if it leads one. It is not an error if the
// child has ended.
func (c *Child) Signal(sig syscall.Signal) {
	if c.Cmd.SysProcAttr.Setpgid {
		_ = syscall.Kill(-c.Cmd.Process.Pid, sig)
		return
	}
	_ = c.Cmd.Process.Signal(sig)
}

// noSignal is a signal that the kernel does not deliver.
const noSignal = syscall.Signal(0)

// Stop ends the child by a signal, and after 10 s by SIGKILL.
func (c *Child) Stop(sig syscall.Signal) {
	c.Signal(sig)
	select {
	case <-c.Ended:
	case <-time.After(10 * time.Second):
		c.Signal(syscall.SIGKILL)
		<-c.Ended
	}
}

// account returns an account for a server if this process is root's, since servers refuse to run as
// root. It is the first of the names that exists. Otherwise it is nil.
func account(names ...string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("running as root, and none of the accounts %q exists", names)
}
