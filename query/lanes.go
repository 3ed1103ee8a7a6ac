// Lanes: so many asks of one server at once, and no more, so that many questions
// never become its load.

package query

import "context"

// Lanes are the places at each server. The nil map has no end of them.
type lanes map[string]chan struct{}

func newLanes(asks []Ask, perServer int) lanes {
	if perServer < 1 {
		return nil
	}
	l := lanes{}
	for _, a := range asks {
		if a.Server != "" && l[a.Server] == nil {
			l[a.Server] = make(chan struct{}, perServer)
		}
	}
	return l
}

// wait waits for a place, which is free again when over is called, or for the end of
// ctx, whose cause is the error.
func (l lanes) wait(ctx context.Context, server string) (over func(), _ error) {
	places := l[server]
	if places == nil {
		return func() {}, nil
	}
	select {
	case places <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if ctx.Err() != nil { // a place and the end at once
		<-places
		return nil, context.Cause(ctx)
	}
	return func() { <-places }, nil
}
