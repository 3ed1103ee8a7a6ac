// A fortnight of runs. The web servers and the mail server must get the messages that a simple
// model expects from the states of the checks. The model shares no code with the program's
// decisions.

package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/alerting"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/sources/config"
)

// A seen is the state of a check in one run of the fortnight.
type seen struct {
	at      time.Time
	verdict string // empty: the check was not run
	snoozed bool
	set     alerting.Settings
}

// modelled returns what the model expects for the last run: the kind of event, with a ! for a
// reminder, or nothing. It looks at all earlier runs each time.
func modelled(past []seen, before []string) string {
	now := past[len(past)-1]
	if now.verdict == "" || now.snoozed {
		return ""
	}
	var runs []seen // the runs that included the check
	var events []string
	var at []time.Time
	for i, s := range past {
		if s.verdict != "" {
			runs = append(runs, s)
		}
		if i < len(before) && before[i] != "" {
			events, at = append(events, before[i]), append(at, s.at)
		}
	}
	last, lastAt := "recovered", time.Time{}
	if len(events) > 0 {
		last, lastAt = strings.TrimSuffix(events[len(events)-1], "!"), at[len(at)-1]
	}
	streak := func(same func(seen) bool) (n int) {
		for i := len(runs) - 1; i >= 0 && same(runs[i]); i-- {
			n++
		}
		return n
	}
	switch {
	case now.verdict == "passed":
		if last == "recovered" {
			return ""
		}
		return "recovered"
	case last == "recovered":
		if streak(func(s seen) bool { return s.verdict != "passed" }) < now.set.After {
			return ""
		}
		return now.verdict
	case last != now.verdict:
		if streak(func(s seen) bool { return s.verdict == now.verdict }) < now.set.After {
			return ""
		}
		return now.verdict
	case now.set.Remind > 0 && now.at.Sub(lastAt) >= now.set.Remind-time.Minute:
		return now.verdict + "!"
	}
	return ""
}

// A fate says how a check behaves: the chance that a bad time begins in a run, how many runs it
// lasts, and the verdicts in it.
type fate struct {
	begins float64
	longer int
	kinds  []string
}

func TestAFortnightOfRuns(t *testing.T) {
	seed := uint64(21)
	random := rand.New(rand.NewPCG(seed, 14))
	web := newWebSink(t, nil)
	flaky := newWebSink(t, func(n int, w http.ResponseWriter) { // it fails now and then
		if n%5 == 0 {
			w.WriteHeader(400)
		}
	})
	post := newMailSink(t, nil)
	c := &config.Config{Path: "fanql.yaml", Channels: []config.Channel{
		{Name: "all", Webhook: config.Reference{Text: web.URL}, When: []string{"failed", "error", "warned", "recovered"}},
		{Name: "flaky", Webhook: config.Reference{Text: flaky.URL}, Only: []string{"tag:prod"}},
		{Name: "mail", Email: &config.Email{To: []string{"ops@shop.example"}, From: "fanql@shop.example", Server: config.Reference{Text: post.address}, TLS: "off"}, Only: []string{"orders*"}},
	}}
	clock := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	channels, err := Channels(c, Environment{Getenv: func(string) string { return "" }, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "h.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	names := []string{"orders-fresh", "orders-sane", "stock", "slow", "flapping"}
	fates := map[string]fate{
		"orders-fresh": {0.03, 20, []string{"failed"}}, "orders-sane": {0.05, 8, []string{"failed", "warned", "error"}},
		"stock": {0.02, 40, []string{"warned"}}, "slow": {0.1, 2, []string{"error"}}, "flapping": {0.3, 3, []string{"failed", "passed", "error"}},
	}
	left, kind := map[string]int{}, map[string]string{}
	pasts, events := map[string][]seen{}, map[string][]string{}
	type one struct{ channel, check, event string }
	var want []one
	const hours = 14 * 24
	for h := range hours {
		clock = time.Date(2026, 11, 30, h, 0, random.IntN(30), 0, time.UTC)
		r := &checks.Report{Version: checks.Version, Run: "shop", Started: clock}
		settings := map[string]alerting.Settings{}
		for _, name := range names {
			f := fates[name]
			if left[name] == 0 && random.Float64() < f.begins {
				left[name] = 1 + random.IntN(f.longer)
			}
			s := seen{at: clock, verdict: "passed", set: alerting.Settings{After: 1, Recovered: true}}
			if left[name] > 0 {
				left[name]--
				kind[name] = f.kinds[random.IntN(len(f.kinds))]
				s.verdict = kind[name]
			}
			if name == "slow" || name == "flapping" {
				s.set.After = 2
			}
			if name == "orders-fresh" || h > 7*24 { // in the second week the config changes
				s.set.Remind = 6 * time.Hour
			}
			if h > 10*24 && name == "flapping" {
				s.set.After = 3
			}
			s.snoozed = name == "stock" && h/24%4 == 1 || name == "orders-sane" && h > 100 && h < 160
			if name == "stock" && h > 12*24 || random.IntN(40) == 0 {
				s.verdict = "" // the check is disabled, or --only does not choose it
			}
			pasts[name] = append(pasts[name], s)
			event := modelled(pasts[name], events[name])
			events[name] = append(events[name], event)
			if s.verdict == "" {
				continue
			}
			check := checks.Check{Name: name, Verdict: checks.Verdict(s.verdict), Sources: []checks.Source{{Source: "eu", Verdict: checks.Verdict(s.verdict)}}}
			if strings.HasPrefix(name, "orders") || name == "slow" {
				check.Tags = []string{"prod"}
			}
			if s.snoozed {
				until := clock.Add(time.Hour)
				check.SnoozedUntil = &until
			}
			r.Checks, settings[name] = append(r.Checks, check), s.set
			for _, ch := range c.Channels {
				if event != "" && wanted(ch.Name, check, event, events[name]) {
					want = append(want, one{ch.Name, name, event})
				}
			}
		}
		decide := Deciding(r, clock, settings, c.Channels)
		if _, err := store.AppendDecided(t.Context(), history.Run{Name: "shop", Started: clock}, decide); err != nil {
			t.Fatal(err)
		}
		deliver(t, store, channels, now)
	}
	deliver(t, store, channels, now) // these failed in the last run
	deliver(t, store, channels, now)
	var got []one
	take := func(channel string, m Message) {
		for _, e := range m.Events {
			event := e.Event
			if e.Reminder {
				event += "!"
			}
			got = append(got, one{channel, e.Check, event})
		}
	}
	repeats := 0
	for channel, sink := range map[string]*webSink{"all": web, "flaky": flaky} {
		keys := map[string]bool{}
		for _, d := range sink.all() {
			var m Message
			if err := json.Unmarshal([]byte(d.body), &m); err != nil || m.ID != d.header.Get("Idempotency-Key") {
				t.Fatal(d, err)
			}
			if keys[m.ID] {
				repeats++
				continue
			}
			keys[m.ID] = true
			take(channel, m)
		}
	}
	mails := post.all()
	for i, m := range mails {
		for line := range strings.Lines(post.bodies[i]) {
			for _, e := range []struct{ words, event string }{
				{" still failed", "failed!"}, {" still could not be evaluated", "error!"}, {" failed", "failed"}, {" could not be evaluated", "error"}, {" passes again", "recovered"},
			} {
				if name, ok := strings.CutSuffix(strings.TrimSpace(line), e.words); ok && slices.Contains(names, name) {
					got = append(got, one{"mail", name, e.event})
					break
				}
			}
		}
		if m.Header.Get("Message-Id") == "" {
			t.Error("a mail without an id")
		}
	}
	count := func(all []one) map[one]int {
		n := map[one]int{}
		for _, o := range all {
			n[o]++
		}
		return n
	}
	wanted, found := count(want), count(got)
	for o, n := range wanted {
		if found[o] != n {
			t.Errorf("%v: %d times, want %d", o, found[o], n)
		}
	}
	for o, n := range found {
		if wanted[o] == 0 {
			t.Errorf("%v: %d times, want none", o, n)
		}
	}
	t.Logf("seed %d: %d runs, %d events sent, %d requests and %d mails, %d repeats with the same key", seed, hours, len(want), len(web.all())+len(flaky.all()), len(mails), repeats)
	if len(want) < 200 || repeats < 5 {
		t.Error("the fortnight has too few events and repeats for a test")
	}
	// In the history, the state of each check is the one of its last run.
	states, err := store.States(t.Context(), "shop")
	for _, name := range names {
		last := ""
		for _, s := range pasts[name] {
			if s.verdict != "" {
				last = s.verdict
			}
		}
		if err != nil || string(states[name].Verdict) != last {
			t.Errorf("%s: %+v, seen %s; %v", name, states[name], last, err)
		}
	}
	if list, err := store.Pending(t.Context(), "shop"); err != nil || len(list) > 0 {
		t.Error(list, err)
	}
}

// wanted is the model of a channel. It reports whether the channel gets an event of a check.
func wanted(channel string, c checks.Check, event string, before []string) bool {
	switch {
	case channel == "flaky" && !slices.Contains(c.Tags, "prod"), channel == "mail" && !strings.HasPrefix(c.Name, "orders"):
		return false
	case channel == "all":
		return true
	case event != "recovered":
		return !strings.HasPrefix(event, "warned")
	}
	for _, e := range slices.Backward(before[:len(before)-1]) { // a recovery is sent to the channel that got the failure before it
		switch strings.TrimSuffix(e, "!") {
		case "failed", "error":
			return true
		case "recovered":
			return false
		}
	}
	return false
}

func deliver(t *testing.T, store *history.Store, channels []Channel, now func() time.Time) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	failures, err := Delivery{Outbox: store, Run: "shop", Channels: channels, Now: now}.Send(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failures {
		if f.Channel != "flaky" || !strings.Contains(f.Text, "it answered 400") {
			t.Fatal(f)
		}
	}
}

// An unreachable channel is tried a few times, and only as long as the run allows. Messages that
// wait are sent in order later, or are dropped after a week.
func TestAChannelThatIsAway(t *testing.T) {
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "h.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	clock := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	var sent []string
	away := errors.New("it is away")
	ch := Channel{Name: "ops", send: func(_ context.Context, m Message) error {
		sent = append(sent, m.ID)
		return away
	}}
	add := func(id, channel string, at time.Time) {
		body, _ := json.Marshal(Message{ID: id, Summary: "shop: " + id})
		_, err := store.AppendDecided(t.Context(), history.Run{Name: "shop", Started: at}, func(int64, map[string]alerting.State) (map[string]alerting.State, []history.Pending, error) {
			return nil, []history.Pending{{Key: id, Channel: channel, Created: at, Body: string(body)}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add("old", "ops", clock.Add(-8*24*time.Hour))
	add("a", "ops", clock)
	add("b", "ops", clock)
	add("gone", "other", clock)
	send := func() []Failure {
		failures, err := Delivery{Outbox: store, Run: "shop", Channels: []Channel{ch}, Now: func() time.Time { return clock }}.Send(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return failures
	}
	ch.send = func(_ context.Context, m Message) error { sent = append(sent, m.ID); return &permanent{away} }
	if got := fmt.Sprint(send()); got != "[{ops it is away: the message is dropped, since it could not be delivered for 7 days: shop: old} {ops it is away: the next run tries again: shop: a} {ops it is away: the next run tries again: shop: b} {other the config has no such channel any more: the message is dropped}]" {
		t.Error(got)
	}
	ch.send = func(ctx context.Context, m Message) error { sent = append(sent, m.ID); <-ctx.Done(); return ctx.Err() }
	ch.timeout = time.Millisecond
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	failures, err := Delivery{Outbox: store, Run: "shop", Channels: []Channel{ch}, Now: func() time.Time { return clock }}.Send(ctx)
	if err != nil || len(failures) != 1 || failures[0].Text != "timed out after 1ms: the next run tries again: shop: a, and 1 more that wait" {
		t.Error(failures, err)
	}
	list, _ := store.Pending(t.Context(), "shop")
	if len(list) != 2 || list[0].Attempts != 2 || list[1].Attempts != 1 {
		t.Errorf("%+v", list)
	}
	ch.timeout, sent = 0, nil
	ch.send = func(_ context.Context, m Message) error { sent = append(sent, m.ID); return nil }
	if got := send(); len(got) > 0 || !slices.Equal(sent, []string{"a", "b"}) {
		t.Error(got, sent)
	}
}
