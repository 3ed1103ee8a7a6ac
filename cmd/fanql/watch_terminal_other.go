//go:build !unix

package main

import (
	"context"

	"github.com/fanql/fanql/cmd/internal/watching"
)

// followTerminal does nothing: a new size is seen at the next round.
func followTerminal(context.Context, *watching.Display) (stop func()) { return func() {} }
