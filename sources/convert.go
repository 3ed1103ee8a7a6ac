// Sources that are others whose rows are changed on their way.

package sources

import (
	"errors"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// Convert runs a source, by run, and has convert change each batch in place before emit
// takes it over. An error of convert fails the source, in the phase that it is in.
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
