// Sources that change the rows of another source.

package sources

import (
	"errors"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// Convert calls run, which runs a source, and calls convert on each batch, which changes it
// in place, before emit gets it. An error of convert fails the source in its current phase.
func Convert(run func(row.Emit) (driver.Answer, error), p *driver.Progress, convert func(*row.Batch) error, emit row.Emit) (driver.Answer, error) {
	var bad error
	answer, err := run(func(b *row.Batch) error {
		if bad = convert(b); bad != nil {
			b.Release()
			return bad
		}
		return emit(b)
	})
	if bad != nil && errors.Is(err, bad) {
		err = &driver.Error{Phase: p.Phase(), Err: bad}
	}
	return answer, err
}
