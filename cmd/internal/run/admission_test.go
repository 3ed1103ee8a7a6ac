// Which limits a run's sources count in.

package run

import (
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
			targets := Targets{{Opened: sources.Opened{Kind: postgres.Dialect, Server: "other:5432"}}, {Opened: sources.Opened{Kind: sqlite.Dialect}}}
			for _, own := range c.own {
				targets = append(targets, Target{Config: config.Source{PerServer: own}, Opened: sources.Opened{Kind: postgres.Dialect, Server: "eu.db:5432"}})
			}
			if err := (Limits{PerServer: c.flag}).Admit(targets, config.Defaults{PerServer: c.defaults}); err != nil {
				t.Fatal(err)
			}
			asks := targets.Tasks()
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

// With so few files that only one of each kind can be open, each kind still has a turn.
func TestALimitIsOneAtLeast(t *testing.T) {
	for _, room := range []int{0, 1, 2, 300} {
		if l := atOnce("files", 4, 256, room); l[0].Most < 1 {
			t.Errorf("with room for %d: %d at once", room, l[0].Most)
		}
	}
}
