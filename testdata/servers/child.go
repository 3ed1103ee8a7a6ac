// COMMAND is the process that uses the servers.
package main

import (
	"os"
	"os/exec"
	"syscall"

	"github.com/fanql/fanql/testdata/servers/private"
	"golang.org/x/sys/unix"
)

// A command is the running COMMAND.
type command struct{ *private.Child }

// begin starts COMMAND. On a terminal it stays in the process group of this program, since it could
// not read from the terminal otherwise. Without a terminal it leads its own group, so that signals
// reach all of it.
func begin(argv, env []string) (command, error) {
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // it ends by itself, and gets the signals of this program
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !inForeground()}
	c, err := private.Start(cmd, syscall.SIGTERM)
	return command{c}, err
}

// inForeground reports whether stdin is a terminal whose Ctrl-C reaches this program.
func inForeground() bool {
	group, err := unix.IoctlGetInt(int(os.Stdin.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// pass forwards a signal. A Ctrl-C on a terminal has already reached the child if the child is in
// the same process group.
func (c command) pass(sig syscall.Signal) {
	if sig == syscall.SIGINT && !c.Cmd.SysProcAttr.Setpgid {
		return
	}
	c.Signal(sig)
}

// status returns the exit status of a child that has ended, in the form of a shell.
func (c command) status() int {
	state := c.Cmd.ProcessState
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}
