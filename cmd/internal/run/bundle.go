// Several statements for one source, sent one after the other as one task: the source
// is in the result with all of them or with none.

package run

import (
	"context"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A bundle is a source with its requests. Run sends all of them; the request that is
// passed to it sets only the limits.
type bundle struct {
	query.Source
	requests []driver.Request
	// connectTimeout applies to each of the requests; 0 is none.
	connectTimeout time.Duration
	// take, if set, gets each batch of a request before it is emitted.
	take func(request int, b *row.Batch) error
	// placed, if set, adds the place of the failed request's text to its error.
	placed func(request int, err error) error
	of     map[*row.Schema]int // the request of each schema
}

// Run sends the requests in turn. It ends at the first that fails.
func (b *bundle) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (answer driver.Answer, err error) {
	of := map[*row.Schema]int{}
	for i, r := range b.requests {
		r.Grace, r.Eager, r.AwaitPeerClose, r.ConnectBy = q.Grace, q.Eager, q.AwaitPeerClose, q.ConnectBy
		if i > 0 && b.connectTimeout > 0 {
			r.ConnectBy = time.Now().Add(b.connectTimeout)
		}
		own, err := b.Source.Run(ctx, r, p, func(batch *row.Batch) error {
			of[batch.Schema] = i
			if b.take != nil {
				if err := b.take(i, batch); err != nil {
					batch.Release()
					return &driver.Error{Phase: p.Phase(), Err: err}
				}
			}
			return emit(batch)
		})
		answer.Cancel, answer.Warnings = own.Cancel, append(answer.Warnings, own.Warnings...)
		if err != nil && b.placed != nil {
			err = b.placed(i, err)
		}
		if err != nil {
			return answer, err
		}
	}
	b.of = of // Run has ended, and its caller has waited for it
	return answer, nil
}
