//go:build !unix

package main

import (
	"context"

	"github.com/fanql/fanql/cmd/internal/watching"
)

// followTerminal does nothing: the next round uses the new size.
func followTerminal(context.Context, *watching.Display) (stop func()) { return func() {} }
