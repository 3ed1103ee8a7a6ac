// Trends over generated histories: the false alarms of each rule, and what it misses.

package checks

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/config"
)

// A generated history has a number each hour. The number has a level that changes by day and week,
// and noise. There are single outliers, hours without a run, and incidents of some hours in which
// the number is wrong.
type generated struct {
	at       []time.Time
	value    []float64
	incident []bool
	outlier  []bool // a wrong number in a single run is not an incident
}

func generate(seed uint64, weeks int, season float64) (g generated) {
	r := rand.New(rand.NewPCG(seed, 21))
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	left, factor := 0, 1.0
	for h := range weeks * 7 * 24 {
		at := start.Add(time.Duration(h) * time.Hour)
		if r.Float64() < 0.03 {
			continue // this hour has no run
		}
		level := 1000 * (1 + season*math.Sin(float64(h%24)/24*2*math.Pi))
		if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
			level *= 1 - season
		}
		value := level * (1 + 0.04*r.NormFloat64())
		if left == 0 && h > 21*24 && r.Float64() < 0.004 {
			left, factor = 3+r.IntN(6), 0.4
			if r.IntN(2) == 0 {
				factor = 1.9
			}
		}
		out := left == 0 && r.Float64() < 0.01
		switch {
		case left > 0:
			left--
			value *= factor
		case out:
			value *= 8
		}
		g.at, g.value = append(g.at, at.Add(time.Duration(r.IntN(90))*time.Second)), append(g.value, math.Round(value))
		g.incident, g.outlier = append(g.incident, factor != 1), append(g.outlier, out)
		if left == 0 {
			factor = 1
		}
	}
	return g
}

// alarms counts the results of a rule over a history. False alarms are in runs without an incident
// or an outlier. Missed are the runs of an incident that passed.
type alarms struct{ judged, incidents, falseOnes, missed, early int }

func (g generated) alarms(t *testing.T, rule config.Trend) (n alarms) {
	t.Helper()
	var all []sample
	for i, at := range g.at {
		all = append(all, sample{at, new(big.Rat).SetInt64(int64(g.value[i]))})
	}
	// The first run that is judged is in the fifth week, so that all rules judge the same runs.
	for i := range g.at {
		if g.at[i].Sub(g.at[0]) < 28*24*time.Hour {
			continue
		}
		e, err := readTrend(config.Check{Name: "c"}, rule, g.at[i])
		if err != nil {
			t.Fatal(err)
		}
		one := e.(trend)
		if g.at[i].Hour()%3 != 0 {
			continue // a third of the runs is enough
		}
		from := sort.Search(i, func(k int) bool { return !g.at[k].Before(g.at[i].Add(-one.past()[0].Window)) })
		if rule.Of == "previous" {
			from = i - 1
		}
		list := all[from:i]
		want, _ := one.expected(list)
		n.judged++
		if g.incident[i] {
			n.incidents++
		}
		if want == nil {
			n.early++
			continue
		}
		alarm := one.compare(all[i].value, "", want) != ""
		switch {
		case alarm && !g.incident[i] && !g.outlier[i]:
			n.falseOnes++
		case !alarm && g.incident[i]:
			n.missed++
		}
	}
	return n
}

func TestTrendsOverGeneratedHistories(t *testing.T) {
	age := func(d time.Duration) *time.Duration { return &d }
	rules := map[string]config.Trend{
		"previous":                 {Of: "previous"},
		"mean of 7d":               {Of: "mean", Against: age(7 * 24 * time.Hour)},
		"median of 7d":             {Of: "median", Against: age(7 * 24 * time.Hour)},
		"same time last week":      {Of: "same_time_last_week"},
		"same time, median of 4 w": {Of: "same_time_last_week", Against: age(28 * 24 * time.Hour)},
	}
	names := []string{"previous", "mean of 7d", "median of 7d", "same time last week", "same time, median of 4 w"}
	for _, season := range []float64{0, 0.5} {
		sum := map[string]alarms{}
		for seed := range uint64(4) {
			g := generate(seed+1, 6, season)
			for name, rule := range rules {
				rule.Column, rule.Tolerance = config.Text{Value: "n"}, config.Text{Value: "30%"}
				a, b := sum[name], g.alarms(t, rule)
				sum[name] = alarms{a.judged + b.judged, a.incidents + b.incidents, a.falseOnes + b.falseOnes, a.missed + b.missed, a.early + b.early}
			}
		}
		t.Logf("season %.1f, tolerance 30%%: runs %d, of them in incidents %d", season, sum["previous"].judged, sum["previous"].incidents)
		for _, name := range names {
			a := sum[name]
			t.Logf("  %-26s false %4d (%.1f%%)  missed %3d (%.0f%%)  too early %d", name, a.falseOnes, 100*float64(a.falseOnes)/float64(a.judged-a.incidents), a.missed, 100*float64(a.missed)/float64(a.incidents), a.early)
		}
		share := func(name string) float64 { return float64(sum[name].falseOnes) / float64(sum[name].judged) }
		robust := "median of 7d"
		if season > 0 {
			robust = "same time, median of 4 w"
			if share("median of 7d") < 0.1 {
				t.Error("the median over a week must give false alarms, since it ignores the season")
			}
		}
		if share(robust) > 0.005 || sum[robust].missed > sum[robust].incidents/20 {
			t.Errorf("season %.1f: %s: %+v", season, robust, sum[robust])
		}
		if share("same time last week") <= share("same time, median of 4 w") {
			t.Error("the same time last week must give more false alarms than a median of four weeks: an outlier of last week is one")
		}
		if p := sum["previous"]; p.missed < p.incidents/2 {
			t.Error("the previous run must miss half of the incidents, since it is part of them")
		}
	}
}

// The message of a trend, near the limits of its tolerance.
func TestWhatATrendExpects(t *testing.T) {
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	hours := func(ago ...float64) (list []sample) { // the value is the number of hours
		for _, h := range ago {
			list = append(list, sample{now.Add(-time.Duration(h * float64(time.Hour))), new(big.Rat).SetFloat64(h)})
		}
		return list
	}
	week := 7 * 24.0
	for _, c := range []struct {
		rule string // of, tolerance, at_least, weeks
		past []sample
		v    string
		want string // a part of the message; empty if there is none
	}{
		{"median 20% 3", hours(3, 2, 1), "1.6", ""},
		{"median 20% 3", hours(3, 2, 1), "2.4", ""},
		{"median 20% 3", hours(3, 2, 1), "2.41", "n is 2.41, expected 1.6 to 2.4: 0.01 more; the median of the last 7d is 2"},
		{"median 20% 4", hours(3, 2, 1), "2", "early: n: there are 3 earlier numbers for the median of the last 7d, and at least 4 are needed"},
		{"median 0 2", hours(4, 1), "2.5", ""},
		{"mean 0 1", hours(4, 2, 1), "2", "expected about 2.333333 to about 2.333333: about 0.333333 less"},
		{"mean 1.5 1", hours(4, 2, 1), "1", ""},
		{"previous 5 1", hours(30*24, 7), "1.9", "n is 1.9, expected 2 to 12: 0.1 less; the previous one is 7"},
		{"previous 5 1", nil, "2", "early: n: there is no earlier number for the previous one, and at least 1 is needed"},
		{"same_time_last_week 0 1", hours(week+2, week+1, week-0.5, week-3), "167.5", ""},
		{"same_time_last_week 0 1", hours(week+2, week-2), "1", "early: n: there is no earlier number for the same time last week"},
		{"same_time_last_week 0 2 3", hours(3*week, 2*week+1, week), "337", ""},
		{"same_time_last_week 0 3 3", hours(3*week, week), "336", "early: n: there are 2 earlier numbers for the median of the same time in the last 3 weeks, and at least 3 are needed"},
	} {
		var of, tolerance string
		var least, weeks int
		_, _ = fmt.Sscan(c.rule, &of, &tolerance, &least, &weeks)
		rule := config.Trend{Column: config.Text{Value: "n"}, Of: of, Tolerance: config.Text{Value: tolerance}, AtLeast: &least}
		if weeks > 0 {
			against := time.Duration(weeks) * 7 * 24 * time.Hour
			rule.Against = &against
		}
		e, err := readTrend(config.Check{}, rule, now)
		if err != nil {
			t.Fatal(c.rule, err)
		}
		one := e.(trend)
		want, got := one.expected(c.past)
		if want == nil {
			got = "early: " + got
		} else {
			v, _ := new(big.Rat).SetString(c.v)
			got = one.compare(v, c.v, want)
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}
