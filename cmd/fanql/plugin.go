// fanql check as a plugin of a monitoring system (--nagios): one line on stdout and an
// exit status of its own, whatever the end is. A status that the system takes for a
// verdict must never come from anything but one.

package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/exitcode"
)

// A plugin is what a reader with conventions of its own is told, once.
type plugin struct {
	format checkformat.Format
	status atomic.Int32 // untold, or that of what it has been told
}

const untold = -1

// pluginFor finds whether a command line asks for a format with an exit status of its
// own. It is asked before the flags are read, since they may be wrong.
func pluginFor(root *cobra.Command, args []string) *plugin {
	cmd, _, _ := root.Find(args)
	if cmd != nil && cmd != root && cmd.Name() != "check" && (cmd.Parent() == nil || cmd.Parent().Name() != "check") {
		return nil
	}
	byName, byFlag := "", ""
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if name, ok := strings.CutPrefix(arg, "--format="); ok {
			byName = name
		} else if arg == "--format" && i+1 < len(args) {
			byName = args[i+1]
		}
		for _, f := range checkformat.Formats {
			if f.Exit != nil && (arg == "--"+f.Name || arg == "--"+f.Name+"=true") {
				byFlag = f.Name
			} else if arg == "--"+f.Name+"=false" {
				byFlag = ""
			}
		}
	}
	for _, f := range checkformat.Formats {
		if f.Exit != nil && (f.Name == byName || f.Name == byFlag) {
			p := &plugin{format: f}
			p.status.Store(untold)
			return p
		}
	}
	return nil
}

// tell shows the report, unless there is something that has been told.
func (p *plugin) tell(a *app, r *checks.Report) error {
	if !p.status.CompareAndSwap(untold, int32(p.format.Exit(r))) {
		return nil
	}
	err := p.format.Write(a.stdout, r, checkformat.Options{})
	if err != nil && r.ExitStatus != exitcode.No { // the status alone must not be taken for good news
		p.status.Store(int32(p.format.Refuse(io.Discard, err)))
	}
	return err
}

// refuse says why there is no verdict, unless there is one, and gives the exit
// status.
func (p *plugin) refuse(a *app, err error) int {
	if p.status.CompareAndSwap(untold, int32(p.format.Refuse(io.Discard, err))) {
		p.format.Refuse(a.stdout, err)
	}
	return int(p.status.Load())
}

// conclude returns the exit status of a run that ended with an error or without. Help is
// no verdict either.
func (p *plugin) conclude(a *app, args []string, err error) int {
	if err == nil {
		err = errors.New("nothing was checked")
		if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
			return p.format.Refuse(io.Discard, err)
		}
	}
	return p.refuse(a, err)
}

// untilBegun has a signal told that ends the program before a run has begun, which then
// takes over: see [app.untilSignal]. The function that it returns ends that.
func (p *plugin) untilBegun(a *app) (begun func()) {
	signals, over := caught(), make(chan struct{})
	go func() {
		defer a.containGoroutine()
		select {
		case s := <-signals:
			a.exit(p.refuse(a, &interrupted{s})) // nothing has begun that could end
		case <-over:
		}
	}()
	return sync.OnceFunc(func() { close(over) })
}
