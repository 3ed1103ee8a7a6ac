// Which limits a run's sources count in.

package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestTheLimitOfAServer(t *testing.T) {
	n := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		flag     *int
		defaults *int
		own      []*int // of the sources on one server
		want     int    // 0 is none
	}{
		"nothing says so":                {nil, nil, []*int{nil, nil, nil}, 0},
		"the config's":                   {nil, n(2), []*int{nil, nil, nil}, 2},
		"more than there are":            {nil, n(3), []*int{nil, nil, nil}, 0},
		"a source's over the config's":   {nil, n(1), []*int{nil, n(2), nil}, 2},
		"the lowest of the sources'":     {nil, n(1), []*int{n(3), n(2), n(0), nil}, 2},
		"a source's that is none":        {nil, n(1), []*int{nil, n(0)}, 0},
		"the flag's over all":            {n(1), n(2), []*int{n(3), nil, nil, nil}, 1},
		"the flag's none over all":       {n(0), n(2), []*int{n(1), nil, nil}, 0},
		"the config's, a source's alone": {nil, n(2), []*int{n(1)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := targets{}
			if c.flag != nil {
				o.perServer, o.perServerSet = *c.flag, true
			}
			opened := []sources.Opened{{Kind: config.Postgres, Server: "other:5432"}, {Kind: config.SQLite}}
			chosen := []config.Source{{}, {}}
			for _, own := range c.own {
				opened = append(opened, sources.Opened{Kind: config.Postgres, Server: "eu.db:5432"})
				chosen = append(chosen, config.Source{PerServer: own})
			}
			asks := make([]query.Ask, len(opened))
			if err := o.limit(asks, opened, chosen, config.Defaults{PerServer: c.defaults}); err != nil {
				t.Fatal(err)
			}
			for i, a := range asks {
				got := 0
				if len(a.Limits) > 1 {
					got = a.Limits[0].Most
				}
				if want := map[bool]int{true: c.want}[i >= 2]; got != want {
					t.Errorf("source %d: %d at once, want %d", i, got, want)
				}
			}
			last := asks[len(asks)-1].Limits
			if asks[0].Limits[0] != last[len(last)-1] || asks[1].Limits[0] == last[len(last)-1] {
				t.Error("servers count in one limit, and files in another")
			}
		})
	}
}

// Go's runtime raises the soft limit, and not the hard one.
func TestTheLimitOfOpenFiles(t *testing.T) {
	bin, db := program(t).Path, smallOrders(t)
	for _, c := range []struct {
		ulimit string
		status int
		want   string
	}{
		{"ulimit -S -n 20", 0, ""},
		{"ulimit -n 48", 0, ""},
		{"ulimit -n 30", 2, "fanql: only 30 files may be open at once, and 40 are needed at least: raise the limit, as with ulimit -n 1024\n"},
	} {
		t.Run(c.ulimit, func(t *testing.T) {
			var args strings.Builder
			for i := range 30 {
				fmt.Fprintf(&args, " -s s%d=sqlite:%s", i, db)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", c.ulimit+" && exec '"+bin+"' query -q --csv 'select 1 as one'"+args.String())
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if status := exitStatus(t, err); status != c.status || stderr.String() != c.want {
				t.Errorf("exit status %d, want %d\n%s", status, c.status, &stderr)
			}
			if lines := strings.Count(string(out), "\n"); c.status == 0 && lines != 31 {
				t.Errorf("%d lines", lines)
			}
		})
	}
}

func TestAThousandServersThatWaitTakeLittleMemory(t *testing.T) {
	bin, address := plain(t), testkit.Silent(t)
	for _, kind := range []string{"postgres", "mysql"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel() // they wait, and each is measured by itself
			peak := func(n int) int64 {
				args := []string{"query", "-q", "--timeout", "3s", "--connect-timeout", "0", "select 1"}
				for i := range n {
					args = append(args, "-s", fmt.Sprintf("s%d=%s://u@%s/x", i, kind, address))
				}
				cmd := exec.CommandContext(t.Context(), bin, args...)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				g := testkit.Watch(cmd)
				status := exitStatus(t, cmd.Wait())
				if status != 1 || !strings.Contains(stderr.String(), fmt.Sprintf("no answer: 0 of %d source", n)) || strings.Contains(stderr.String(), "skipped") {
					t.Fatalf("exit status %d\n%s", status, &stderr)
				}
				return peakBy(t, g, cmd)
			}
			each := (peak(1001) - peak(1)) / 1000
			t.Logf("%d KiB each", each)
			if each > 64 {
				t.Errorf("a source that waits takes %d KiB, want at most 64", each)
			}
		})
	}
}

// With so few files that only one of each kind can be open, each kind still has a turn.
func TestALimitIsOneAtLeast(t *testing.T) {
	for _, room := range []int{0, 1, 2, 300} {
		if l := atOnce("files", 4, 256, room); l[0].Most < 1 {
			t.Errorf("with room for %d: %d at once", room, l[0].Most)
		}
	}
}
