// On systems other than Linux, children do not end with this process. After a SIGKILL of this
// program the servers still run.

//go:build !linux

package private

import "syscall"

func signalOnDeath(*syscall.SysProcAttr, syscall.Signal) {}
