//go:build !unix

package process

import "context"

// WatchReader does nothing here: a closed pipe is noticed in the next write.
func WatchReader(context.Context, any, func()) {}
