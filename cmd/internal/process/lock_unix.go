//go:build unix

package process

import "syscall"

// lockFlags follow no link, and wait for no reader of a FIFO.
const lockFlags = syscall.O_NONBLOCK | syscall.O_NOFOLLOW
