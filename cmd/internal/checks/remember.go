// Converts a report for the history.

package checks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"time"

	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
)

// Remembered returns the report of this plan for the history, without rows and samples.
// Messages of servers are sanitized, and long ones are cut.
func (p *Plan) Remembered(r *Report) history.Run {
	run := history.Run{
		Name: r.Run, Started: r.Started, Ended: r.Started.Add(seconds(r.ElapsedSeconds)), Fanql: r.Fanql, Config: p.files,
		Verdict: string(r.Verdict), ExitStatus: r.ExitStatus,
	}
	if r.Error != nil {
		run.Error = kept(*r.Error)
	}
	for i := range r.Checks {
		c, spec := &r.Checks[i], &p.Checks[i]
		one := history.Check{
			Name: c.Name, Asked: spec.asked, Expected: spec.expected, Verdict: string(c.Verdict),
			Started: seconds(c.StartSeconds), Lasted: seconds(c.DurationSeconds),
		}
		if spec.answer != nil {
			one.Sources = append(one.Sources, history.Source{Verdict: one.Verdict, Started: one.Started, Lasted: one.Lasted, Numbers: remembered(c.Numbers)})
		}
		for _, s := range c.Sources {
			o := history.Source{
				Name: s.Source, Verdict: string(s.Verdict), State: s.State, Rows: s.Rows, Started: seconds(s.StartSeconds), Lasted: seconds(s.DurationSeconds),
				Numbers: remembered(s.Numbers),
			}
			if s.Error != nil {
				o.Error = kept(s.Error.Text)
			}
			one.Sources = append(one.Sources, o)
		}
		run.Checks = append(run.Checks, one)
	}
	return run
}

func remembered(numbers []Number) (list []history.Number) {
	for _, n := range numbers {
		list = append(list, history.Number(n))
	}
	return list
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// kept returns a message for the history.
func kept(s string) string {
	const most = 1000 // characters
	if r := []rune(output.Sanitize(s)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return output.Sanitize(s)
}

// digest returns the hash of what write writes.
func digest(write func(hash.Hash)) string {
	h := sha256.New()
	write(h)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// asked returns a hash of the texts that a check sends, and of the values in them.
func (b parsedText) asked() string {
	return digest(func(h hash.Hash) {
		text := func(name string, q statement.Query) {
			_, _ = fmt.Fprintf(h, "%q %q %v", name, q.Text, q.Portable)
			for _, k := range slices.Sorted(maps.Keys(q.Variants)) {
				_, _ = fmt.Fprintf(h, " %q %q", k, q.Variants[k])
			}
		}
		text("", b.text.Query)
		for _, t := range b.text.Tables {
			text(t.Name, t.Query)
		}
		if b.text.Reduce != nil {
			_, _ = fmt.Fprintf(h, " reduce %q", b.text.Reduce.SQL)
		}
		_, _ = fmt.Fprintf(h, " %v %q", b.text.over, slices.Sorted(slices.Values(b.params)))
	})
}

// expects returns a hash of the check's expectations.
func (e expected) expects() string {
	return digest(func(h hash.Hash) { _, _ = fmt.Fprintf(h, "%q %q %s", e.words(), e.Severity, e.require) })
}

// files returns a hash of the files that contain the checks.
func files(c *config.Config, list []config.Check) string {
	return digest(func(h hash.Hash) {
		seen := map[string]bool{}
		for _, d := range append([]string{c.Digest}, digests(list)...) {
			if !seen[d] {
				seen[d] = true
				_, _ = fmt.Fprintln(h, d)
			}
		}
	})
}

func digests(list []config.Check) (all []string) {
	for _, c := range list {
		all = append(all, c.Digest)
	}
	return all
}
