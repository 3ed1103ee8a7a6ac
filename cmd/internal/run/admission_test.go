// The connection limits of the sources of a run.

package run

import (
	"cmp"
	"slices"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/sqlite"
)

func TestTheLimitOfAServer(t *testing.T) {
	n := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		flag     *int
		defaults *int
		own      []*int // the limit of each source on one server
		want     int    // 0 if there is no limit
	}{
		"no limit is set":                      {nil, nil, []*int{nil, nil, nil}, 0},
		"the config's":                         {nil, n(2), []*int{nil, nil, nil}, 2},
		"a limit that no source reaches":       {nil, n(3), []*int{nil, nil, nil}, 0},
		"a source's limit before the config's": {nil, n(1), []*int{nil, n(2), nil}, 2},
		"the lowest limit of the sources":      {nil, n(1), []*int{n(3), n(2), n(0), nil}, 2},
		"a source without a limit":             {nil, n(1), []*int{nil, n(0)}, 0},
		"the flag before all others":           {n(1), n(2), []*int{n(3), nil, nil, nil}, 1},
		"the flag removes all limits":          {n(0), n(2), []*int{n(1), nil, nil}, 0},
		"one source":                           {nil, n(2), []*int{n(1)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			targets := Targets{{Opened: sources.Opened{Kind: postgres.Dialect, Server: "other:5432"}}, {Opened: sources.Opened{Kind: sqlite.Dialect}}}
			for _, own := range c.own {
				targets = append(targets, Target{Config: config.Source{PerServer: own}, Opened: sources.Opened{Kind: postgres.Dialect, Server: "eu.db:5432"}})
			}
			if err := (Limits{PerServer: c.flag}).Admit(targets, config.Defaults{PerServer: c.defaults}); err != nil {
				t.Fatal(err)
			}
			tasks := targets.Tasks()
			for i, a := range tasks {
				if i == 1 {
					continue // a file has no limit
				}
				want, server := 1, "other:5432"
				if i >= 2 {
					want, server = cmp.Or(c.want, len(c.own)), "eu.db:5432"
				}
				if got := a.Limits[0]; got.Most != want || got.Server != server {
					t.Errorf("source %d: %d connections on %s, want %d on %s", i, got.Most, got.Server, want, server)
				}
			}
			last := tasks[len(tasks)-1].Limits
			if len(last) != 3 || !slices.Equal(tasks[0].Limits[1:], last[1:]) || len(tasks[1].Limits) != 1 || slices.Contains(last, tasks[1].Limits[0]) {
				t.Error("servers must share all limits except their own, and files must have another limit")
			}
		})
	}
}

// However few files the process can open, at least one source runs at a time.
func TestALimitIsOneAtLeast(t *testing.T) {
	for _, room := range []int{0, 1, 2, 300} {
		if l := filesAtOnce("files", room); l[0].Most < 1 {
			t.Errorf("with room for %d files, %d run at the same time", room, l[0].Most)
		}
	}
}

// The connections to all servers fit into the process's limit of open files. Some descriptors
// remain for cancelling and for spilled rows.
func TestServersFitIntoTheDescriptors(t *testing.T) {
	for _, c := range []struct{ room, servers, connections, most, pool int }{
		{3, 1, 1, 1, 1},
		{3, 1, 2, 1, 1},
		{8, 100, 100, 6, 1},
		{992, 1000, 1000, 744, 124},
		{992, 1000, 2000, 372, 124},
		{992, 1000, 1500, 496, 124},
		{1 << 20, 9000, 9000, 3 << 18, cancelsAtOnce},
	} {
		limits, pool := serversAtOnce(c.room, c.servers, c.connections)
		if limits[0].Most != c.most || pool.Places() != c.pool {
			t.Errorf("%+v: %d connections and %d in the pool", c, limits[0].Most, pool.Places())
		}
		each := float64(c.connections) / float64(c.servers)
		if open := float64(limits[0].Most)*each + float64(pool.Places()); c.room > 3 && open > float64(c.room) {
			t.Errorf("%+v: %v are open", c, open)
		}
	}
}
