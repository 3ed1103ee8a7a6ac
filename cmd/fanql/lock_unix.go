//go:build unix

package main

import "syscall"

// lockFlags open no link, and wait for no reader of a FIFO.
const lockFlags = syscall.O_NONBLOCK | syscall.O_NOFOLLOW
