// The progress of a run, and the order in which its sources arrive.

package query

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

func TestProgressShowsThePhaseOfEachSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := []Task{source("a", rows(3)), source("b", enter(driver.Auth), after(time.Minute))}
		progress := NewProgress(tasks)
		for range Dispatch(t.Context(), tasks, Options{Progress: progress, Timeout: time.Second}) {
			synctest.Wait()
			if s := progress.Statuses(); s[0].State == Running || s[0].Rows != 3 || s[1].Phase != driver.Auth {
				t.Errorf("%+v", s)
			}
		}
		if s := progress.Statuses(); s[1].State != Timeout {
			t.Errorf("b is %s", s[1].State)
		}
	})
}

func TestWhatComesAtAboutTheSameTimeComesInSourceOrder(t *testing.T) {
	order := func(t *testing.T, tasks ...Task) (log []string) {
		start := time.Now()
		for a := range Dispatch(t.Context(), tasks, Options{Coalesce: 50 * time.Millisecond, Timeout: time.Minute}) {
			log = append(log, fmt.Sprintf("%s %s", time.Since(start), a.Outcome.Source))
			if a.Rows != nil {
				a.Rows.Discard()
			}
		}
		return log
	}
	asked := enter(driver.Query)
	local := func(a Task) Task { a.Local = true; return a }
	for name, c := range map[string]struct {
		tasks []Task
		want  []string
	}{
		"all fast": {
			[]Task{source("c", asked, after(9*time.Millisecond), rows(1)), source("b", asked, after(5*time.Millisecond), rows(1)), source("a", asked, rows(1))},
			[]string{"9ms c", "9ms b", "9ms a"},
		},
		"a slow source is not waited for beyond the limit": {
			[]Task{source("slow", asked, after(time.Second), rows(1)), source("a", asked, rows(1)), source("b", asked, after(60*time.Millisecond), rows(1))},
			[]string{"50ms a", "60ms b", "1s slow"},
		},
		"a failure does not use up the wait": {
			[]Task{source("slow", asked, after(130*time.Millisecond), rows(1)), source("bad", fail(errSyntax)), source("a", asked, after(100*time.Millisecond), rows(1))},
			[]string{"0s bad", "130ms slow", "130ms a"},
		},
		"a server that does not take its query is not waited for": {
			[]Task{source("hung", enter(driver.Auth), after(time.Second), rows(1)), source("a", asked, after(19*time.Millisecond), rows(1))},
			[]string{"19ms a", "1s hung"},
		},
		"a server that connects is waited for briefly": {
			[]Task{
				source("soon", enter(driver.Auth), after(7*time.Millisecond), asked, after(30*time.Millisecond), rows(1)),
				source("hung", enter(driver.Connect), after(time.Second), rows(1)), source("a", asked, after(time.Millisecond), rows(1)),
			},
			[]string{"37ms soon", "37ms a", "1s hung"},
		},
		"servers far away that connect at about the same time": {
			[]Task{
				source("b", enter(driver.Auth), after(103*time.Millisecond), asked, after(9*time.Millisecond), rows(1)),
				source("a", enter(driver.Auth), after(100*time.Millisecond), asked, after(2*time.Millisecond), rows(1)),
			},
			[]string{"112ms b", "112ms a"},
		},
		"a source that waits for its turn is waited for": {
			[]Task{source("later", after(9*time.Millisecond), enter(driver.Query), after(20*time.Millisecond), rows(1)), source("a", asked, after(9*time.Millisecond), rows(1))},
			[]string{"29ms later", "29ms a"},
		},
		"files are waited for before they are open": {
			[]Task{local(source("file", enter(driver.Resolve), after(20*time.Millisecond), rows(1))), source("a", asked, after(9*time.Millisecond), rows(1))},
			[]string{"20ms file", "20ms a"},
		},
		"a single source does not wait": {[]Task{source("a", asked, rows(1))}, []string{"0s a"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := order(t, c.tasks...); !slices.Equal(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}
