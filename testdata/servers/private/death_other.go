// Elsewhere than on Linux nothing ties a child's life to ours: after a SIGKILL
// of this program the servers are still there.

//go:build !linux

package private

import "syscall"

func signalOnDeath(*syscall.SysProcAttr, syscall.Signal) {}
