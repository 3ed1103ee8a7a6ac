// A program that ends with this process, however that ends.

package tunnel

import (
	"os/exec"
	"syscall"
)

// ownGroup returns the program a process group of its own, so that a signal of the
// terminal does not reach it, and has the system kill it when the thread that starts it
// ends.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
