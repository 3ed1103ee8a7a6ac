// On other systems than Linux, children do not end with this process: after a SIGKILL
// of this program the servers still run.

//go:build !linux

package private

import "syscall"

func signalOnDeath(*syscall.SysProcAttr, syscall.Signal) {}
