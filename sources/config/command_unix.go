// Process groups, so that a killed command leaves no children.

//go:build unix

package config

import (
	"os/exec"
	"syscall"
)

// KillGroup makes the end of a command's context kill its children as well.
func KillGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
