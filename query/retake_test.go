// Retries take turns with other sources, in virtual time.

package query

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/driver"
)

// refusal ends an attempt with an error after which a retry may help.
func refusal() step {
	return fail(&driver.Error{Phase: driver.Connect, Retry: driver.Soon, Err: errors.New("connection refused")})
}

func TestARetryComesAfterTheSourcesThatWereNotTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "one login", Most: 1, Until: driver.Query}
		dead := &turns{name: "dead", steps: [][]step{{refusal()}}, start: time.Now()}
		tasks := []Task{limited(Task{Source: dead}, one)}
		for i := range 5 {
			tasks = append(tasks, limited(source(fmt.Sprint(i), after(time.Second), enter(driver.Query), after(time.Minute), rows(1)), one))
		}
		got := gather(t.Context(), Options{}, tasks...)
		if got["dead"].State != Failed || got["dead"].Attempts != 3 {
			t.Errorf("dead: %s after %d attempts: %v", got["dead"].State, got["dead"].Attempts, got["dead"].Err)
		}
		if dead.times[1] != 5*time.Second {
			t.Errorf("attempts at %v, and the last login of the others ended after 5s", dead.times)
		}
		for i := range 5 {
			check(t, got[fmt.Sprint(i)], OK, time.Duration(i+1)*time.Second+time.Minute, 1)
		}
	})
}

func TestTheDeadlineEndsTheWaitForARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "one login", Most: 1, Until: driver.Query}
		got := gather(t.Context(), Options{Timeout: 5 * time.Second},
			limited(source("dead", refusal()), one), limited(source("silent", after(time.Hour)), one))
		check(t, got["dead"], Failed, 5*time.Second, 0)
		check(t, got["silent"], Timeout, 5*time.Second, 0)
		if got["dead"].Attempts != 1 || got["dead"].Err.Error() != "connection refused" {
			t.Errorf("dead: %d attempts: %v", got["dead"].Attempts, got["dead"].Err)
		}
	})
}

func TestARetryThatGetsNoAnswerKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "one login", Most: 1, Until: driver.Query, AtMost: 50 * time.Millisecond}
		silent := &turns{name: "silent", steps: [][]step{{after(10 * time.Millisecond), refusal()}, {after(time.Hour)}}, start: time.Now()}
		broken := &turns{name: "broken", steps: [][]step{{refusal()}, {enter(driver.Query), rows(1)}}, start: time.Now()}
		got := gather(t.Context(), Options{Timeout: time.Minute}, limited(Task{Source: silent}, one), limited(Task{Source: broken}, one))
		check(t, got["silent"], Timeout, time.Minute, 0)
		if o := got["broken"]; o.State != OK || o.at > 300*time.Millisecond {
			t.Errorf("broken: %s at %s, while another one holds its place for 50ms: %v", o.State, o.at, o.Err)
		}
	})
}

func TestRetriesExceedNoLimit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			server := &Limit{What: "server", Most: rapid.IntRange(1, 4).Draw(r, "sources")}
			logins := &Limit{What: "logins", Most: rapid.IntRange(1, 3).Draw(r, "logins"), Until: driver.Query}
			c := &counter{now: map[*Limit]int{}, most: map[*Limit]int{}}
			at := []*Limit{logins}
			want := map[string]int{}
			var tasks []Task
			for i := range rapid.IntRange(1, 12).Draw(r, "all") {
				name := fmt.Sprint(i)
				s := &turns{name: name, start: time.Now()}
				takes := func() step { return after(time.Duration(rapid.IntRange(0, 300).Draw(r, "takes")) * time.Millisecond) }
				for range rapid.IntRange(0, 2).Draw(r, "refusals") {
					s.steps = append(s.steps, []step{c.add(1, at), takes(), c.add(-1, at), refusal()})
				}
				s.steps = append(s.steps, []step{c.add(1, at), takes(), c.add(-1, at), enter(driver.Query), takes(), rows(1)})
				want[name] = len(s.steps)
				tasks = append(tasks, limited(Task{Source: s}, server, logins))
			}
			for name, got := range gather(t.Context(), Options{}, tasks...) {
				if got.State != OK || got.Attempts != want[name] {
					r.Errorf("%s: %s after %d attempts, want %d: %v", name, got.State, got.Attempts, want[name], got.Err)
				}
			}
			if c.most[logins] > logins.Most {
				r.Errorf("%d logins at once where %d may be", c.most[logins], logins.Most)
			}
		})
	})
}
