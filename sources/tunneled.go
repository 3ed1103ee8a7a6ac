// Sources that are reached through a tunnel.

package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/tunnel"
)

// tunneled is a source whose address is a tunnel's port.
type tunneled struct {
	Source
	tunnel *tunnel.Tunnel
}

// Run runs the source once the tunnel is up. If it fails and the tunnel has ended, the
// error contains the reason of the tunnel.
func (s tunneled) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	p.Enter(driver.Open)
	wait := ctx
	if by, ok := q.ConnectDeadline(ctx); ok {
		var stop context.CancelFunc
		// The tunnel's own reason takes precedence over the end of the time limit.
		wait, stop = context.WithDeadline(ctx, by.Add(-time.Until(by)/20))
		defer stop()
	}
	if err := s.tunnel.Up(wait); err != nil {
		return driver.Answer{}, &driver.Error{Phase: driver.Open, Err: err}
	}
	answer, err := s.Source.Run(ctx, q, p, emit)
	if err == nil || ctx.Err() != nil {
		return answer, err
	}
	if broken := s.tunnel.Broken(); broken != nil {
		phase := p.Phase()
		if failed, ok := errors.AsType[*driver.Error](err); ok {
			phase = cmp.Or(failed.Phase, phase)
		}
		return answer, &driver.Error{Phase: phase, Err: fmt.Errorf("%w (%w)", broken, err)}
	}
	return answer, err
}
