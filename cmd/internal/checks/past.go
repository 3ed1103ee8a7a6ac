// Numbers of earlier runs, which trends and expressions use.

package checks

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/option"
)

// A Memory has the numbers of earlier runs. [history.Store] is one.
type Memory interface {
	Numbers(ctx context.Context, w history.Wanted) ([]history.Sample, error)
}

// A rememberer is an expectation that uses numbers of earlier runs.
type rememberer interface{ past() []expression.Need }

// A sample is a number of an earlier run.
type sample struct {
	at    time.Time
	value *big.Rat
}

// pastKey identifies numbers of a check. The source is empty for the one answer over all
// sources.
type pastKey struct {
	source, column string
	window         time.Duration
}

// Recall reads the numbers of earlier runs that the checks use. Call it before [Run];
// without it the checks know no earlier runs.
func (p *Plan) Recall(ctx context.Context, from Memory) error {
	for i := range p.Checks {
		spec := &p.Checks[i]
		names := []string{""}
		if spec.answer == nil {
			names = names[:0]
			for _, m := range spec.Sources {
				names = append(names, m.Name)
			}
		}
		for _, e := range spec.Expectations {
			r, ok := e.(rememberer)
			if !ok {
				continue
			}
			for _, need := range r.past() {
				for _, name := range names {
					if err := p.recall(ctx, from, spec, name, need); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (p *Plan) recall(ctx context.Context, from Memory, spec *Spec, source string, need expression.Need) error {
	key := pastKey{source, need.Column, need.Window}
	if _, ok := spec.past[key]; ok {
		return nil
	}
	w := history.Wanted{Run: p.Run, Check: spec.Name, Source: source, Column: need.Column, Asked: spec.asked, Last: 1}
	if need.Window > 0 {
		w.Last, w.Since = 0, p.began.Add(-need.Window)
	}
	found, err := from.Numbers(ctx, w)
	if err != nil {
		return err
	}
	list := []sample{}
	for _, s := range found {
		if v, ok := s.Rat(); ok {
			list = append(list, sample{s.Started, v})
		}
	}
	if spec.past == nil {
		spec.past = map[pastKey][]sample{}
	}
	spec.past[key] = list
	return nil
}

// samples are the numbers of earlier runs at the source that is being judged, oldest first.
func (j *judging) samples(need expression.Need) []sample {
	source := ""
	if !j.overAll {
		source = j.check.Sources[j.member].Source
	}
	return j.spec.past[pastKey{source, need.Column, need.Window}]
}

// recall is samples for expressions.
func (j *judging) recall(need expression.Need) (values []*big.Rat) {
	for _, s := range j.samples(need) {
		values = append(values, s.value)
	}
	return values
}

// tooEarly is the error that there is not enough history to judge the source. With
// at_first: pass there is a warning, and no error.
func (j *judging) tooEarly(atFirst, why string) error {
	if atFirst != "pass" {
		return fmt.Errorf("there is not enough history yet: %s (at_first: pass lets it pass)", why)
	}
	s := &j.check.Sources[j.member]
	s.Warnings = append(s.Warnings, "passed for want of history: "+why)
	return nil
}

// needsHistory returns, with their places, the parts of checks that make no sense without
// a history.
func needsHistory(list []expected, spelling option.Spelling) (wrong []error) {
	for _, e := range list {
		what, at := "", config.Pos{}
		switch {
		case len(e.Trends) > 0:
			what, at = "trend compares with earlier runs", e.Where("trend")
		case e.Alert != nil:
			what, at = "alert tells of changes from run to run", e.Alert.Pos
		}
		for i, x := range e.expectations[:len(e.Expect)] {
			if r, ok := x.(rememberer); ok && what == "" && len(r.past()) > 0 {
				need := r.past()[0]
				what, at = "the expression looks at earlier runs", e.Expect[i].Text.At(need.Line, need.Col)
			}
		}
		if what != "" {
			wrong = append(wrong, e.Fault(at, "%s", noHistory(what, spelling)))
		}
	}
	return wrong
}

// NeedHistory returns an error for the parts of a config, outside of its checks, that make
// no sense without a history: alert of defaults, and channels for changes. There says that
// there is a history.
func NeedHistory(c *config.Config, there bool, spelling option.Spelling) error {
	if there {
		return nil
	}
	var wrong []error
	if a := c.Defaults.Alert; a != nil {
		wrong = append(wrong, &config.Error{Pos: a.Pos, Text: fmt.Sprintf("defaults: %v", noHistory("alert tells of changes from run to run", spelling))})
	}
	for _, ch := range c.Channels {
		if ch.Heartbeat.Text == "" {
			wrong = append(wrong, &config.Error{Pos: ch.Pos, Text: fmt.Sprintf("notify %s: %v", ch.Name, noHistory("it is told of changes from run to run", spelling))})
		}
	}
	return config.InOrder(wrong...)
}

// noHistory is an error about something that needs a history.
func noHistory(what string, spelling option.Spelling) error {
	text := what + ", and there is no history: write history: history.db in the config"
	if spelling != nil {
		text += ", or give " + spelling.Name(run.OptionHistory) + " FILE"
	}
	return errors.New(text)
}
