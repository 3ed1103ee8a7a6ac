//go:build !unix

package process

import "context"

// WatchReader does nothing here: that a reader has gone shows when there is
// something to write.
func WatchReader(context.Context, any, func()) {}
