// fanql check as a plugin of a monitoring system (--nagios): it prints one line on stdout
// and exits with a status of its own, however it ends. Only a verdict may lead to a status
// that the system reads as a verdict.

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

// A plugin is the output for a monitoring system, which is printed once.
type plugin struct {
	format checkformat.Format
	status atomic.Int32 // unprinted, or the status of the printed line
}

const unprinted = -1

// pluginFor checks whether a command line asks for a format with its own exit status.
// It is called before the flags are read, because they may be wrong.
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
			p.status.Store(unprinted)
			return p
		}
	}
	return nil
}

// tell prints the report, unless a line has been printed.
func (p *plugin) tell(a *app, r *checks.Report) error {
	if !p.status.CompareAndSwap(unprinted, int32(p.format.Exit(r))) {
		return nil
	}
	err := p.format.Write(a.stdout, r, checkformat.Options{})
	if err != nil && r.ExitStatus != exitcode.No { // nobody may read the status alone as success
		p.status.Store(int32(p.format.Refuse(io.Discard, err)))
	}
	return err
}

// refuse prints why there is no verdict, unless there is one, and returns the exit
// status.
func (p *plugin) refuse(a *app, err error) int {
	if p.status.CompareAndSwap(unprinted, int32(p.format.Refuse(io.Discard, err))) {
		p.format.Refuse(a.stdout, err)
	}
	return int(p.status.Load())
}

// conclude returns the exit status of a run that ended with or without an error. Help
// is not a verdict either.
func (p *plugin) conclude(a *app, args []string, err error) int {
	if err == nil {
		err = errors.New("nothing was checked")
		if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
			return p.format.Refuse(io.Discard, err)
		}
	}
	return p.refuse(a, err)
}

// untilBegun prints a line for a signal that ends the program before a run has begun.
// The run then takes over: see [app.untilSignal]. The returned function ends this.
func (p *plugin) untilBegun(a *app) (begun func()) {
	signals, over := caught(), make(chan struct{})
	go func() {
		defer a.containGoroutine()
		select {
		case s := <-signals:
			a.exit(p.refuse(a, &interrupted{s})) // there is no run to end
		case <-over:
		}
	}()
	return sync.OnceFunc(func() { close(over) })
}
