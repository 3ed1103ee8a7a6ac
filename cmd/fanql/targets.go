// What every command that asks databases has: which ones, and how long.

package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

type targets struct {
	sources                       []string
	timeout, connectTimeout       time.Duration
	timeoutSet, connectTimeoutSet bool
	perServer                     int
	perServerSet                  bool
	timeZone                      string
}

func (t *targets) register(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&t.sources, "source", "s", nil, "ask `SOURCE`: a name, a glob over names, tag:NAME, !EXCLUDED, a URL, a SQLite file, or name=URL; repeatable; default all of the config")
	f.DurationVar(&t.timeout, "timeout", defaultTimeout, "one deadline for everything, from dispatch to the last row; 0 is none (`DURATION`)")
	f.DurationVar(&t.connectTimeout, "connect-timeout", defaultConnectTimeout, "for each source, until its query is sent (`DURATION`)")
	f.IntVar(&t.perServer, "per-server", 0, "ask at most `N` sources on one server (host and port) at once; default 0, no limit")
	f.StringVar(&t.timeZone, "time-zone", "", "`ZONE` of all sessions: a name, an offset such as +02:00, or server for each server's own; default time_zone of the source or of the config's defaults, else the URL's, else UTC (fanql help promises)")
	must(cmd.RegisterFlagCompletionFunc("source", a.completeSources))
	must(cmd.RegisterFlagCompletionFunc("time-zone", fixedCompletion("server", "UTC")))
}

func (t *targets) changed(cmd *cobra.Command) {
	t.timeoutSet, t.connectTimeoutSet = cmd.Flags().Changed("timeout"), cmd.Flags().Changed("connect-timeout")
	t.perServerSet = cmd.Flags().Changed("per-server")
}

// deadline judges the limits and the zone, and gives the shared deadline: the flag's, else the config's, else the default.
func (t *targets) deadline(d config.Defaults) (time.Duration, error) {
	if t.timeout < 0 {
		return 0, fmt.Errorf("--timeout %s: a deadline cannot be negative; 0 is none", t.timeout)
	}
	if t.connectTimeout < 0 {
		return 0, fmt.Errorf("--connect-timeout %s: it cannot be negative; 0 is none", t.connectTimeout)
	}
	if t.perServer < 0 {
		return 0, fmt.Errorf("--per-server %d: it cannot be negative; 0 is no limit", t.perServer)
	}
	if t.timeZone != "" {
		zone, err := config.ParseZone(t.timeZone)
		if err != nil {
			return 0, fmt.Errorf("--time-zone: %w", err)
		}
		t.timeZone = zone
	}
	if !t.timeoutSet && d.Timeout != nil {
		return *d.Timeout, nil
	}
	return t.timeout, nil
}

// apply gives each ask its limits, its own timeouts and its session.
func (t *targets) apply(asks []query.Ask, opened []sources.Opened, chosen []config.Source, d config.Defaults) error {
	t.timeouts(asks, chosen, d)
	if err := t.sessions(asks, opened, chosen, d); err != nil {
		return err
	}
	return t.limit(asks, opened, chosen, d)
}

// timeouts gives each ask its own: the flag's, else the source's, else the config's,
// else the default.
func (t *targets) timeouts(asks []query.Ask, chosen []config.Source, d config.Defaults) {
	for i, s := range chosen {
		if s.Timeout != nil {
			asks[i].Timeout = *s.Timeout
		}
		asks[i].ConnectTimeout = t.connectTimeout
		if t.connectTimeoutSet {
			continue
		}
		if d.ConnectTimeout != nil {
			asks[i].ConnectTimeout = *d.ConnectTimeout
		}
		if s.ConnectTimeout != nil {
			asks[i].ConnectTimeout = *s.ConnectTimeout
		}
	}
}

// sessions says what each ask's session is to be: its time zone is the flag's, else
// the source's, else the config's, else what its driver finds in the URL, else UTC. It
// is an error if a statement that writes would be explained where a session may write.
func (t *targets) sessions(asks []query.Ask, opened []sources.Opened, chosen []config.Source, d config.Defaults) error {
	for i, s := range chosen {
		q := &asks[i].Question
		q.TimeZone = opened[i].Kind.Zone(cmp.Or(t.timeZone, s.TimeZone, d.TimeZone))
		q.BestEffort = s.BestEffort
		if q.PlansWrite && q.BestEffort {
			return fmt.Errorf("source %s: EXPLAIN of a statement that writes is not sent where read_only is best_effort: its session may be one that writes", s.Name)
		}
	}
	return nil
}

// open finds the chosen sources and opens them; nothing is dialled. It is an error
// if none of them can be opened.
func (a *app) open(c *config.Config, selectors []string) ([]sources.Opened, []config.Source, error) {
	chosen, err := c.Resolve(selectors)
	if err != nil {
		return nil, nil, err
	}
	opened := sources.Open(chosen, a.getenv)
	return opened, chosen, sources.NoneOpened(opened)
}

// warn prints what the user should know about the config.
func (a *app) warn(c *config.Config) {
	for _, w := range c.Warnings {
		fmt.Fprintln(a.stderr, "fanql: warning: "+output.Sanitize(w))
	}
}

// parseSize reads a number of bytes such as 256MiB, 1GiB, 500MB or 1048576.
func parseSize(s string) (int64, error) {
	units := []struct {
		suffix string
		size   int64
	}{
		{"kib", 1 << 10},
		{"mib", 1 << 20},
		{"gib", 1 << 30},
		{"tib", 1 << 40},
		{"kb", 1e3},
		{"mb", 1e6},
		{"gb", 1e9},
		{"tb", 1e12},
		{"b", 1},
		{"", 1},
	}
	for _, u := range units {
		digits, ok := strings.CutSuffix(strings.ToLower(strings.TrimSpace(s)), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if errors.Is(err, strconv.ErrRange) || (err == nil && n > (1<<62)/u.size) {
			return 0, fmt.Errorf("%q is too large", s)
		}
		if err != nil || n < 1 {
			break
		}
		return n * u.size, nil
	}
	return 0, fmt.Errorf("%q is not a size: give a number and a unit, such as 256MiB", s)
}

func list(words []string) string { return strings.Join(words, ", ") }
