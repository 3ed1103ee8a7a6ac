package query_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// sessions is a source that records the statements of each of its connections.
type sessions struct {
	all   [][]string
	keeps bool // the source calls More
	fail  error
}

func (s *sessions) Name() string { return "s" }

func (s *sessions) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	at := len(s.all)
	s.all = append(s.all, nil)
	p.Greeted("Servers 1")
	for {
		p.Enter(driver.Query)
		s.all[at] = append(s.all[at], q.SQL)
		if q.SQL == "fail" {
			return driver.Answer{}, &driver.Error{Phase: driver.Query, Err: errors.New("failed")}
		}
		if q.SQL == "crowded" {
			return driver.Answer{}, &driver.Error{Phase: driver.Connect, Retry: driver.Crowded, Err: errors.New("crowded")}
		}
		p.Enter(driver.Stream)
		b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: q.SQL, Type: row.Int}}})
		b.Int(1)
		b.EndRow()
		if err := emit(b); err != nil {
			return driver.Answer{}, err
		}
		if q.More == nil || !s.keeps {
			return driver.Answer{Warnings: []string{"over"}}, s.fail
		}
		next, err := q.More(ctx)
		switch {
		case err != nil:
			return driver.Answer{}, err
		case ctx.Err() != nil:
			return driver.Answer{}, context.Cause(ctx)
		case next == nil:
			return driver.Answer{Warnings: []string{"over"}}, s.fail
		}
		q = *next
	}
}

// dispatchOne dispatches one text to a source, and returns the heading of its rows.
func dispatchOne(t *testing.T, s query.Source, sql string, timeout time.Duration) (string, query.Outcome) {
	t.Helper()
	for a := range query.Dispatch(t.Context(), []query.Task{{Source: s, Request: driver.Request{SQL: sql}}}, query.Options{Timeout: timeout}) {
		if a.Rows == nil {
			return "", a.Outcome
		}
		if a.Rows.Rows() != 1 {
			t.Errorf("%s: %d rows", sql, a.Rows.Rows())
		}
		a.Rows.Discard()
		return a.Schema.Columns[0].Name, a.Outcome
	}
	return "", query.Outcome{}
}

func TestASessionThatIsHeldAnswersTheNextDispatch(t *testing.T) {
	for _, c := range []struct {
		name  string
		keeps bool
		do    func(t *testing.T, h *query.Hold, s query.Source)
		want  [][]string
	}{
		{"one session", true, func(t *testing.T, h *query.Hold, s query.Source) {
			for _, sql := range []string{"a", "b"} {
				if heading, o := dispatchOne(t, s, sql, 0); heading != sql || o.State != query.OK || len(o.Warnings) > 0 || o.Server != "Servers 1" {
					t.Errorf("%s: %s, %+v", sql, heading, o)
				}
			}
			h.Last()
			if heading, o := dispatchOne(t, s, "c", 0); heading != "c" || o.State != query.OK || !slices.Equal(o.Warnings, []string{"over"}) {
				t.Errorf("c: %s, %+v", heading, o)
			}
			if _, o := dispatchOne(t, s, "d", 0); o.State != query.OK { // a dispatch after the last one works as well
				t.Errorf("d: %+v", o)
			}
		}, [][]string{{"a", "b", "c"}, {"d"}}},
		{"a driver that keeps no session", false, func(t *testing.T, h *query.Hold, s query.Source) {
			for _, sql := range []string{"a", "b"} {
				if heading, o := dispatchOne(t, s, sql, 0); heading != sql || !slices.Equal(o.Warnings, []string{"over"}) {
					t.Errorf("%s: %s, %+v", sql, heading, o)
				}
			}
		}, [][]string{{"a"}, {"b"}}},
		{"a session that has waited for too long", true, func(t *testing.T, h *query.Hold, s query.Source) {
			dispatchOne(t, s, "a", 0)
			time.Sleep(6 * time.Second)
			dispatchOne(t, s, "b", 0)
		}, [][]string{{"a"}, {"b"}}},
		{"an error ends the session", true, func(t *testing.T, h *query.Hold, s query.Source) {
			dispatchOne(t, s, "a", 0)
			if _, o := dispatchOne(t, s, "fail", 0); o.State != query.Failed || o.Err.Error() != "failed" {
				t.Errorf("%+v", o)
			}
			dispatchOne(t, s, "b", 0)
		}, [][]string{{"a", "fail"}, {"b"}}},
		{"the deadline of a dispatch that is over ends nothing", true, func(t *testing.T, h *query.Hold, s query.Source) {
			dispatchOne(t, s, "a", time.Second)
			time.Sleep(2 * time.Second)
			if _, o := dispatchOne(t, s, "b", time.Second); o.State != query.OK {
				t.Errorf("%+v", o)
			}
		}, [][]string{{"a", "b"}}},
		{"a server without room gets its connections back", true, func(t *testing.T, h *query.Hold, s query.Source) {
			dispatchOne(t, s, "a", 0)
			other := h.Source(&sessions{keeps: true})
			dispatchOne(t, other, "crowded", 0)
			dispatchOne(t, s, "b", 0)
		}, [][]string{{"a"}, {"b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := query.NewHold(t.Context(), 5*time.Second)
				s := &sessions{keeps: c.keeps}
				c.do(t, h, h.Source(s))
				h.Close()
				if !slices.EqualFunc(s.all, c.want, slices.Equal[[]string]) {
					t.Errorf("asked %q, want %q", s.all, c.want)
				}
			})
		})
	}
}

// An error at the end of a source's session fails the last dispatch.
func TestTheEndOfASessionFailsTheLastDispatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := query.NewHold(t.Context(), 5*time.Second)
		s := h.Source(&sessions{keeps: true, fail: errors.New("the file was changed")})
		if _, o := dispatchOne(t, s, "a", 0); o.State != query.OK {
			t.Errorf("%+v", o)
		}
		h.Last()
		if _, o := dispatchOne(t, s, "b", 0); o.State != query.Failed || o.Err.Error() != "the file was changed" {
			t.Errorf("%+v", o)
		}
		h.Close()
	})
}
