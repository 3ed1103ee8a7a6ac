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
	Ended chan struct{} // closed when it has ended; Err is its Wait's then
	Err   error
}

// spawn starts a program of a server's as the account who (nil is our own), in dir,
// with its output appended to the file log. It has its own process group, so that a
// terminal's Ctrl-C does not end the server before COMMAND.
func spawn(argv []string, dir, log string, who *syscall.Credential) (*Child, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the child has its own, and we wrote nothing

	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // it is ended by the signal that suits it
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C"}
	if locales := os.Getenv("LOCPATH"); locales != "" { // of a test
		cmd.Env = append(cmd.Env, "LOCPATH="+locales)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setpgid: true}
	return Start(cmd, syscall.SIGQUIT)
}

// Start starts the command. It gets the signal onDeath when this program is killed (on
// Linux). The kernel binds that to the thread that starts the child, so a goroutine
// occupies the thread until the child has ended.
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

// Signal sends a signal to the child, or to its group if it leads one. A child that has
// ended is not an error.
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

// account returns the account for a server if we are root, which servers refuse: the
// first of the names that exists. If we are not root it is nil.
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
