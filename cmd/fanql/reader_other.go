//go:build !unix

package main

import "context"

// watchReader does nothing here: that a reader has gone shows when there is
// something to write.
func watchReader(context.Context, any, context.CancelCauseFunc) {}
