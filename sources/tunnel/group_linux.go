// Programs that end with this process, however it ends.

package tunnel

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the program into its own process group, so that a signal of the
// terminal does not reach it, and makes the system kill it when the thread that started
// it ends.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
