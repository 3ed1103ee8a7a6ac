// Warnings about the config.

package main

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/config"
)

// warn prints the config's warnings.
func (a *app) warn(c *config.Config) {
	for _, w := range c.Warnings {
		if !a.watch.warned(w) {
			fmt.Fprintln(a.stderr, "fanql: warning: "+output.Sanitize(w))
		}
	}
}

// warnOf prints warnings, each once.
func (a *app) warnOf(warnings []string) {
	for i, w := range warnings {
		if slices.Index(warnings, w) == i && !a.watch.warned(w) {
			fmt.Fprintln(a.stderr, "fanql: warning: "+output.Sanitize(w))
		}
	}
}
