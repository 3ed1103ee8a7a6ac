// Notifications about a run of checks: messages about changes, and heartbeats.

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/notify"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/sources/config"
)

const (
	// tellingTime bounds the time in which a run delivers all its messages, and beatingTime
	// the time for its heartbeats.
	tellingTime = 30 * time.Second
	beatingTime = 20 * time.Second
)

// channels returns the channels of the config, ready to send. History says that the run has
// a history.
func (a *app) channels(c *config.Config, history bool) ([]notify.Channel, error) {
	if err := checks.NeedHistory(c, history, flag); err != nil {
		return nil, err
	}
	return notify.Channels(c, notify.Environment{Getenv: a.getenv, Output: a.rawStderr(), Now: time.Now})
}

// deciding returns the function that computes the new states of the checks. It returns nil
// if the run was interrupted, because it then has not seen all checks.
func (o *checkOutput) deciding(p *checks.Plan, r *checks.Report, interrupted int) history.Decide {
	if interrupted != 0 {
		return nil
	}
	settings, began := p.Alerts()
	return notify.Deciding(r, began, settings, o.config.Channels)
}

// deliver sends the waiting messages of this run and of earlier runs. Only one run delivers
// at a time. A failure is reported and changes nothing else.
func (o *checkOutput) deliver(ctx context.Context, r *checks.Report) {
	h := o.history
	if h == nil || len(o.channels) == 0 {
		return
	}
	ctx, stop := context.WithTimeout(ctx, tellingTime)
	defer stop()
	if list, err := h.store.Pending(ctx, r.Run); err != nil || len(list) == 0 {
		if err != nil {
			h.warn("messages stay in it", err)
		}
		return
	}
	unlock, err := process.LockNamed(ctx, h.path+notifyLock, tellingTime)
	if err != nil {
		h.warn("its messages are left to the next run", err)
		return
	}
	failures, err := notify.Delivery{Outbox: h.store, Run: r.Run, Channels: o.channels, Now: time.Now}.Send(ctx)
	o.tellFailures(failures)
	if err != nil {
		h.warn("a message that was sent may be sent again", err)
	}
	if err := unlock(); err != nil {
		h.warn("its lock stays", err)
	}
}

// notifyLock is the suffix of the lock file that exists next to a history while messages
// are being delivered.
const notifyLock = "-notify"

// beat sends the heartbeats, if the run could evaluate anything.
func (o *checkOutput) beat(ctx context.Context, r *checks.Report) {
	ctx, stop := context.WithTimeout(ctx, beatingTime)
	defer stop()
	o.tellFailures(notify.Beat(ctx, o.channels, r))
}

func (o *checkOutput) tellFailures(failures []notify.Failure) {
	for _, f := range failures {
		fmt.Fprintf(o.stderr, "fanql: notify %s: %s\n", f.Channel, output.Sanitize(f.Text))
	}
}

// quietened reports whether everything that did not pass is snoozed.
func quietened(r *checks.Report) bool {
	for _, c := range r.Checks {
		if c.SnoozedUntil == nil && (c.Verdict == checks.Failed || c.Verdict == checks.Error) {
			return false
		}
	}
	return r.Error == nil && r.ExitStatus != exitcode.Complete
}
