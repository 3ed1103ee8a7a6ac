// Several statements for one source, which run one after the other as one task: the source
// is in the answer with all of them or with none.

package run

import (
	"context"
	"slices"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A bundle is a source with its queries. Run executes all of them; the request that it gets
// has the settings, but no query.
type bundle struct {
	query.Source
	requests []driver.Request
	// more, if set, is called when the requests have been answered, and returns further
	// requests. It may block for a long time. begun, if set, is called whenever Run begins.
	more  func(context.Context) ([]driver.Request, error)
	begun func()
	// together runs all of them over one connection in one snapshot, if the source supports
	// that.
	together bool
	// connectTimeout applies to each of the connections; 0 is none.
	connectTimeout time.Duration
	// take, if set, gets each batch of a request first. The batch is emitted only if keep is
	// true.
	take func(request int, b *row.Batch) (keep bool, err error)
	// placed, if set, adds the place of the failed request's text to its error.
	placed func(request int, err error) error
	of     map[*row.Schema]int // the request of each schema
}

// Run sends the requests in turn. It stops at the first error.
func (b *bundle) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (answer driver.Answer, err error) {
	if b.begun != nil {
		b.begun()
	}
	of, all, more, at := map[*row.Schema]int{}, b.requests, b.more, -1
	connectBy := q.ConnectBy
	var next func(context.Context) (*driver.Request, error)
	next = func(ctx context.Context) (*driver.Request, error) {
		if at+1 == len(all) && more != nil {
			rest, err := more(ctx)
			if err != nil {
				return nil, err
			}
			all, more = append(slices.Clip(all), rest...), nil
		}
		if at+1 == len(all) {
			return nil, nil
		}
		at++
		r := all[at]
		r.Grace, r.Eager, r.AwaitPeerClose, r.ConnectBy = q.Grace, q.Eager, q.AwaitPeerClose, connectBy
		if b.together && (at+1 < len(all) || more != nil) {
			r.More = next
		}
		return &r, nil
	}
	if len(all) == 0 { // it waits without a connection, and no connect timeout applies
		p.Enter(driver.Query)
	}
	for {
		if b.connectTimeout > 0 && (at >= 0 || len(all) == 0) {
			connectBy = time.Time{}
		}
		r, err := next(ctx)
		if err != nil || r == nil {
			return answer, err
		}
		if b.connectTimeout > 0 && connectBy.IsZero() {
			r.ConnectBy = time.Now().Add(b.connectTimeout)
		}
		own, err := b.Source.Run(ctx, *r, p, func(batch *row.Batch) error {
			of[batch.Schema] = at
			if b.take != nil {
				keep, err := b.take(at, batch)
				if !keep {
					batch.Release()
				}
				if err != nil {
					return &driver.Error{Phase: p.Phase(), Err: err}
				}
				if !keep {
					return nil
				}
			}
			return emit(batch)
		})
		answer.Cancel, answer.Warnings = own.Cancel, append(answer.Warnings, own.Warnings...)
		if err != nil && b.placed != nil {
			err = b.placed(at, err)
		}
		if err != nil {
			return answer, err
		}
		b.of = of // when Run ends, its caller has waited for it
	}
}
