// Delivers waiting messages, with bounds on time and attempts.

package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/query"
)

const (
	// attempts is how often a run tries to send a message. The first pause between attempts
	// is pause, and each later one is twice as long, or as long as the server says, up to
	// mostPause.
	attempts  = 3
	pause     = time.Second
	mostPause = 10 * time.Second
	// Expires is how long an undeliverable message is kept. mostSent is how many messages
	// one run sends to a channel.
	Expires  = 7 * 24 * time.Hour
	mostSent = 50
)

// An Outbox has the waiting messages. [history.Store] is one.
type Outbox interface {
	Pending(ctx context.Context, run string) ([]history.Pending, error)
	Remove(ctx context.Context, id int64) error
	Failed(ctx context.Context, id int64, why string) error
}

// A Delivery sends the messages of an outbox. Only one Delivery may use an outbox at a
// time.
type Delivery struct {
	Outbox   Outbox
	Run      string // the name of the runs whose messages are sent
	Channels []Channel
	Now      func() time.Time
}

// A Failure is a message that was not delivered, or another problem of a channel.
type Failure struct {
	Channel string
	Text    string
}

// Send sends the waiting messages until ctx is done: in order on each channel, and all
// channels at the same time. After a failure, unless it is about that message only, the
// channel's other messages wait for the next run. Failures are sorted by channel.
func (d Delivery) Send(ctx context.Context) (failures []Failure, err error) {
	list, err := d.Outbox.Pending(ctx, d.Run)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	waiting := map[string][]history.Pending{}
	for _, m := range list {
		waiting[m.Channel] = append(waiting[m.Channel], m)
	}
	s := &sending{Delivery: d}
	var all sync.WaitGroup
	for _, ch := range d.Channels {
		if list := waiting[ch.Name]; len(list) > 0 && !ch.Beats {
			delete(waiting, ch.Name)
			all.Go(func() { s.channel(ctx, ch, list) })
		}
	}
	all.Wait()
	for name, list := range waiting { // the config no longer has this channel
		for _, m := range list {
			s.remove(m, name, "the config has no such channel any more: the message is dropped")
		}
	}
	slices.SortStableFunc(s.failures, func(a, b Failure) int { return cmp.Compare(a.Channel, b.Channel) })
	return s.failures, s.err
}

// A sending is the state of a Send. Its mutex ensures that only one goroutine uses the
// outbox at a time.
type sending struct {
	Delivery
	mu       sync.Mutex
	failures []Failure
	err      error
}

func (s *sending) fail(channel, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, Failure{channel, fmt.Sprintf(format, args...)})
}

// note writes the result of a message into the outbox, even if the run is ending.
func (s *sending) note(do func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	s.err = errors.Join(s.err, do(ctx))
}

func (s *sending) remove(m history.Pending, channel, why string) {
	s.note(func(ctx context.Context) error { return s.Outbox.Remove(ctx, m.ID) })
	if why != "" {
		s.fail(channel, "%s", why)
	}
}

// channel sends the messages of a channel.
func (s *sending) channel(ctx context.Context, ch Channel, list []history.Pending) {
	for i, p := range list {
		if i == mostSent {
			s.fail(ch.Name, "%d more messages wait for the next run", len(list)-mostSent)
			return
		}
		var m Message
		if err := json.Unmarshal([]byte(p.Body), &m); err != nil {
			s.remove(p, ch.Name, "a message cannot be read: it is dropped")
			continue
		}
		err := ch.try(ctx, m)
		if err == nil {
			s.remove(p, ch.Name, "")
			continue
		}
		if age := s.Now().Sub(p.Created); age > Expires {
			s.remove(p, ch.Name, fmt.Sprintf("%v: the message is dropped, since it could not be delivered for 7 days: %s", err, m.Summary))
			continue
		}
		s.note(func(ctx context.Context) error { return s.Outbox.Failed(ctx, p.ID, brief(err.Error())) })
		if _, ok := errors.AsType[*permanent](err); ok {
			s.fail(ch.Name, "%v: the next run tries again: %s", err, m.Summary)
			continue
		}
		left := ""
		if n := len(list) - i - 1; n > 0 {
			left = fmt.Sprintf(", and %d more that wait", n)
		}
		s.fail(ch.Name, "%v: the next run tries again: %s%s", err, m.Summary, left)
		return
	}
}

// try sends a message, with several attempts if necessary.
func (ch *Channel) try(ctx context.Context, m Message) (err error) {
	wait := pause
	for n := range attempts {
		if err = ch.once(ctx, m); err == nil {
			return nil
		}
		if _, ok := errors.AsType[*permanent](err); ok || n == attempts-1 {
			return err
		}
		rest := wait
		if l, ok := errors.AsType[*later](err); ok {
			rest = max(rest, l.after)
		}
		if rest > mostPause {
			return err
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return err
		}
		wait *= 2
	}
	return err
}

func (ch *Channel) once(ctx context.Context, m Message) error {
	if ch.timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, ch.timeout, &query.TimeoutError{After: ch.timeout})
		defer stop()
	}
	err := ch.send(ctx, m)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

// Beat sends the heartbeats whose checks include one that the run could evaluate.
func Beat(ctx context.Context, channels []Channel, r *checks.Report) (failures []Failure) {
	s := &sending{}
	var all sync.WaitGroup
	for _, ch := range channels {
		if ch.Beats && evaluated(r, ch) {
			all.Go(func() {
				if err := ch.try(ctx, Message{}); err != nil {
					s.fail(ch.Name, "%v", err)
				}
			})
		}
	}
	all.Wait()
	slices.SortStableFunc(s.failures, func(a, b Failure) int { return cmp.Compare(a.Channel, b.Channel) })
	return s.failures
}

// evaluated reports whether a check that the channel chooses could be evaluated, at one
// source or more.
func evaluated(r *checks.Report, ch Channel) bool {
	return slices.ContainsFunc(r.Checks, func(c checks.Check) bool {
		return chosen(ch.about, &c) && slices.ContainsFunc(c.Sources, func(s checks.Source) bool { return s.Verdict != checks.Error })
	})
}
