// The history of a run of checks: opened before anything is sent, written at the end.

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/config"
)

// A historyFile is a history that a flag or the config names.
type historyFile struct {
	path string
	age  *time.Duration // nil is not set, and 0 is for ever
	// fault returns an error about the file, with the name of the flag or the place in the
	// config.
	fault func(error) error
}

var errNoHistory = errors.New("no history: write history: history.db in the config, or give --history FILE")

// historyFile returns the history that the flag names, or else the one that the config
// names. It returns nil if neither names one.
func (a *app) historyFile(c *config.Config, path string) *historyFile {
	f := &historyFile{path: path, fault: func(err error) error {
		return fmt.Errorf("--history %s: %w", output.Sanitize(path), err)
	}}
	switch h := c.History; {
	case h != nil && path != "":
		f.age = h.Keep
	case h != nil:
		f.path, f.age = h.File, h.Keep
		f.fault = func(err error) error {
			return &config.Error{Pos: h.Pos, Text: fmt.Sprintf("history %s: %v", output.Sanitize(h.File), err)}
		}
	case path == "":
		return nil
	}
	return f
}

// A remembering is the open history of a run. Nil means that there is no history.
type remembering struct {
	*historyFile
	app   *app
	store *history.Store
}

const (
	// rememberingTime bounds how long a run waits for its history at the end, whatever else
	// writes to the history.
	rememberingTime = 15 * time.Second
	// pastTime bounds the time for reading earlier runs. pastRuns is how many runs are read
	// for the history of each check on a page.
	pastTime = 5 * time.Second
	pastRuns = 200
	// prunedAtOnce is how many old runs are removed after a run.
	prunedAtOnce = 4
)

// openHistory opens the history for writing. It returns nil if neither a flag nor the
// config names one. Limit, if not 0, bounds the time for opening it.
func (a *app) openHistory(ctx context.Context, c *config.Config, path string, limit time.Duration) (*remembering, error) {
	f := a.historyFile(c, path)
	if f == nil {
		return nil, nil
	}
	ctx, stop := run.Opening(ctx, limit)
	defer stop()
	s, err := history.Open(ctx, f.path)
	if err != nil {
		return nil, f.fault(err)
	}
	return &remembering{f, a, s}, nil
}

// recall gives the checks the numbers that earlier runs found.
func (h *remembering) recall(ctx context.Context, p *checks.Plan) error {
	if h == nil {
		return nil
	}
	if err := p.Recall(ctx, h.store); err != nil {
		return h.fault(err)
	}
	return nil
}

// files returns the files of the history, which no output may replace.
func (h *remembering) files() (list []run.NamedFile) {
	if h == nil {
		return nil
	}
	for _, suffix := range []string{"", "-wal", "-shm", notifyLock} {
		list = append(list, run.NamedFile{What: "the history", Path: h.path + suffix})
	}
	return list
}

// past returns earlier runs with checks of the report, oldest first. It returns nil if
// there is no history. If the history cannot be read, it prints a warning and returns nil.
func (h *remembering) past(ctx context.Context, r *checks.Report) []history.Run {
	if h == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), pastTime)
	defer stop()
	var names []string
	for _, c := range r.Checks {
		names = append(names, c.Name)
	}
	list, err := h.store.Recent(ctx, names, checkformat.PastRuns-1, pastRuns)
	if err != nil {
		h.warn("the report has no former runs", err)
		return nil
	}
	return list
}

// keep writes the run, also if it was interrupted, and removes some of the runs that are
// too old. Decide, unless it is nil, computes the new states of the checks. If the run
// cannot be written, keep prints a warning; no verdict changes.
func (h *remembering) keep(ctx context.Context, r history.Run, decide history.Decide) {
	if h == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), rememberingTime)
	defer stop()
	if _, err := h.store.AppendDecided(ctx, r, decide); err != nil {
		h.warn("this run is not in it", err)
		return
	}
	if h.age == nil || *h.age == 0 {
		return
	}
	if _, err := h.store.Prune(ctx, time.Now().Add(-*h.age), prunedAtOnce); err != nil {
		h.warn("old runs stay in it", err)
	}
}

func (h *remembering) warn(what string, err error) {
	_, _ = fmt.Fprintf(h.app.stderr, "fanql: history %s: %s: %s\n", output.Sanitize(h.path), what, output.Sanitize(err.Error()))
}

// close closes the file after it has been written.
func (h *remembering) close() {
	if h != nil {
		if err := h.store.Close(); err != nil {
			h.warn("it was not closed well", err)
		}
	}
}
