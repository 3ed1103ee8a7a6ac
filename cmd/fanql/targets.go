// The common part of every command that queries databases: the choice of sources, and
// time limits.

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/option"
)

type targets struct {
	sources, exclude              []string
	timeout, connectTimeout       time.Duration
	timeoutSet, connectTimeoutSet bool
	perServer                     int
	perServerSet                  bool
	usualPerServer                int // if neither the flag nor the config sets it
	timeZone                      string
}

func (t *targets) register(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&t.sources, "source", "s", nil, "query `SOURCE`: a name, a glob over names, tag:NAME, !EXCLUDED, a URL, a SQLite file, or name=URL; repeatable; default all of the config")
	f.StringArrayVar(&t.exclude, "exclude", nil, "leave out `SOURCE`: a name, a glob over names, or tag:NAME; repeatable; the same as -s '!SOURCE'")
	f.DurationVar(&t.timeout, "timeout", run.DefaultTimeout, "one deadline for everything, from dispatch to the last row; 0 is none (`DURATION`)")
	f.DurationVar(&t.connectTimeout, "connect-timeout", run.DefaultConnectTimeout, "for each source, until its query is sent (`DURATION`)")
	f.IntVar(&t.perServer, "per-server", 0, "query at most `N` sources on one server (host and port) at once; default 0, as many as it accepts, and 16 if some were found by a pattern or a list (fanql help fleets)")
	f.StringVar(&t.timeZone, "time-zone", "", "`ZONE` of all sessions: a name, an offset such as +02:00, or server for each server's own; default time_zone of the source or of the config's defaults, else the URL's, else UTC (fanql help sessions)")
	must(cmd.RegisterFlagCompletionFunc("source", inLists(a.completeSources)))
	must(cmd.RegisterFlagCompletionFunc("exclude", inLists(a.completeNames)))
	must(cmd.RegisterFlagCompletionFunc("time-zone", fixedCompletion("server", "UTC")))
}

func (t *targets) changed(cmd *cobra.Command) {
	t.timeoutSet, t.connectTimeoutSet = cmd.Flags().Changed("timeout"), cmd.Flags().Changed("connect-timeout")
	t.perServerSet = cmd.Flags().Changed("per-server")
}

// selectors returns the sources that the flags choose, for config.Resolve, in which a !
// marks an exclusion.
func (t *targets) selectors() ([]string, error) {
	all := slices.Clone(t.sources)
	for _, sel := range t.exclude {
		switch {
		case strings.Trim(sel, ", ") == "":
			return nil, errors.New("--exclude is empty: give a name, a glob over names, or tag:NAME")
		case strings.HasPrefix(sel, "!"):
			return nil, errors.New("--exclude leaves out what it names: write the name without an exclamation mark")
		case strings.Contains(sel, "://"):
			return nil, errors.New("--exclude takes a name, a glob over names, or tag:NAME, and no URL")
		}
		all = append(all, "!"+sel)
	}
	return all, nil
}

// limits checks the limits and the zone. The config sets those that the flags do not.
func (t *targets) limits(d config.Defaults) (run.Limits, error) {
	l := run.Limits{Timeout: t.timeout, UsualPerServer: t.usualPerServer, Spelling: flag}
	switch {
	case t.timeout < 0:
		return l, fmt.Errorf("--timeout %s: a deadline cannot be negative; 0 is none", t.timeout)
	case t.connectTimeout < 0:
		return l, fmt.Errorf("--connect-timeout %s: it cannot be negative; 0 is none", t.connectTimeout)
	case t.perServer < 0:
		return l, fmt.Errorf("--per-server %d: it cannot be negative; 0 is no limit", t.perServer)
	}
	if t.timeZone != "" {
		var err error
		if l.TimeZone, err = config.ParseZone(t.timeZone); err != nil {
			return l, fmt.Errorf("--time-zone: %w", err)
		}
	}
	if l.Usual = !t.timeoutSet && d.Timeout == nil; !t.timeoutSet && !l.Usual {
		l.Timeout = *d.Timeout
	}
	if t.connectTimeoutSet {
		l.ConnectTimeout = &t.connectTimeout
	}
	if t.perServerSet {
		l.PerServer = &t.perServer
	}
	return l, nil
}

// flag returns the user's name of a run's option.
func flag(o option.Option) string {
	switch o {
	case run.OptionOutput:
		return "-o"
	case run.OptionAlias:
		return "-s"
	case run.OptionParam:
		return "-p"
	}
	return "--" + string(o)
}

// parseSize reads a number of bytes such as 256MiB, 1.5GiB, 500MB or 1048576.
func parseSize(s string) (int64, error) {
	n, err := humanize.ParseBigBytes(strings.TrimSpace(s))
	switch {
	// The library accepts commas, and ignores text after a second point: it would read
	// 1,5GB as 15 GB.
	case err != nil, n.Sign() <= 0, strings.ContainsRune(s, ','), strings.Count(s, ".") > 1:
		return 0, fmt.Errorf("%q is not a size: give a number and a unit, such as 256MiB", s)
	case !n.IsInt64(), n.Int64() > 1<<62:
		return 0, fmt.Errorf("%q is more than can be counted: give a smaller size", s)
	}
	return n.Int64(), nil
}
