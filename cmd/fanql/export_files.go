// Exports: the flags for several files, a manifest, a state, and a retry.

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge/columns"
)

// severalFlags are the flags of an export, as given.
type severalFlags struct {
	rowsPerFile int64
	manifest    string
	lockWait    time.Duration

	state, watermark string
	sinceInitial     string
	overlap          string
	stateForce       bool
	retryFrom        string

	given map[string]bool
}

// files registers the flags for the files of a result.
func (o *severalFlags) files(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Int64Var(&o.rowsPerFile, "rows-per-file", 0, "with {part} in -o, begin another file after `N` rows")
	f.StringVar(&o.manifest, "manifest", "", "describe the files of -o in `FILE`, as JSON: names, rows, bytes, SHA-256, and how each source ended; it is written last")
	f.DurationVar(&o.lockWait, "lock-wait", 0, "wait at most `DURATION` for another run with the same files or the same state; default 0 ends at once")
}

// fromRunToRun registers the flags for the files that one run writes and the next one
// reads.
func (o *severalFlags) fromRunToRun(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.state, "state", "", "keep in `FILE` the largest value of --watermark that the last export of each source wrote; :since in the query is that value (fanql help exports)")
	f.StringVar(&o.watermark, "watermark", "", "with --state, the `COLUMN` of the result whose largest value is kept: an integer, a decimal, a date, a timestamp or an instant")
	f.StringVar(&o.sinceInitial, "since-initial", "", "with --state, the `VALUE` of :since for sources of which nothing is kept yet")
	f.StringVar(&o.overlap, "overlap", "", "with --state, subtract `TIME` from :since, for rows that come late: a time such as 5m, or a number; --key leaves out rows that were exported before")
	f.BoolVar(&o.stateForce, "state-force", false, "with --state, accept a state of another query or of other databases")
	f.StringVar(&o.retryFrom, "retry-from", "", "query only the sources that are missing in the run of this --report `FILE`, with the same query and parameters")
}

func (o *severalFlags) changed(cmd *cobra.Command) {
	o.given = map[string]bool{}
	for _, name := range []string{"rows-per-file", "manifest", "lock-wait", "state", "watermark", "since-initial", "overlap", "state-force", "retry-from"} {
		o.given[name] = cmd.Flags().Changed(name)
	}
}

// export converts the flags. A key that is given with an overlap is not a key of the merge.
func (o *queryOptions) export(r *run.Request) (err error) {
	e := &r.Export
	e.RowsPerFile, e.Manifest, e.Wait = o.rowsPerFile, o.manifest, o.lockWait
	if o.severalFlags.given["rows-per-file"] && o.rowsPerFile <= 0 {
		return fmt.Errorf("--rows-per-file %d: give at least 1", o.rowsPerFile)
	}
	for flag, path := range map[string]string{"manifest": o.manifest, "state": o.state, "retry-from": o.retryFrom} {
		if path == "-" {
			return fmt.Errorf("--%s needs a file", flag)
		}
	}
	if o.retryFrom != "" {
		if e.Retry, err = run.NewRetry(o.retryFrom); err != nil {
			return err
		}
	}
	if o.state == "" {
		for _, name := range []string{"watermark", "since-initial", "overlap", "state-force"} {
			if o.severalFlags.given[name] {
				return fmt.Errorf("--%s goes with --state FILE", name)
			}
		}
		return nil
	}
	s := &run.State{Path: o.state, Watermark: o.watermark, Force: o.stateForce}
	if o.severalFlags.given["since-initial"] {
		s.Initial = &o.sinceInitial
	}
	if o.severalFlags.given["overlap"] {
		if s.Overlap, err = exportstate.ParseOverlap(o.overlap); err != nil {
			return fmt.Errorf("--overlap: %w", err)
		}
		if o.set["key"] {
			if s.Key, err = columns.ParseColumns(o.key); err != nil {
				return fmt.Errorf("--key: %w", err)
			}
		}
	}
	e.State = s
	return nil
}

// inUse gives the error about another run with the same files the exit status 1, for no
// answer.
func inUse(err error) error {
	if other, ok := errors.AsType[*exportstate.InUse](err); ok {
		return &statusError{exitcode.None, fmt.Errorf("%w: no query was sent; --lock-wait 5m waits for it", other)}
	}
	return err
}

// nothingMissing reports that the retried run lacks no source, which is not an error.
func (a *app) nothingMissing(err error, quiet bool) error {
	done, ok := errors.AsType[*run.NothingMissing](err)
	if !ok {
		return err
	}
	if !quiet {
		fmt.Fprintln(a.stderr, "fanql: "+done.Error())
	}
	return nil
}
