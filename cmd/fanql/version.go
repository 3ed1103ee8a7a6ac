// fanql version.

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/usage"

	"github.com/fanql/fanql/merge/reduce"
	"github.com/fanql/fanql/sources/sqlite"
)

// buildVersion is set by the build: -ldflags "-X main.buildVersion=1.2.3".
var buildVersion string

// version returns the build's version, else the module's, else devel.
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "devel"
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of fanql and of the built-in libraries",
		Example: "  fanql version",
		Args:    usage.NoArguments,
		RunE:    func(*cobra.Command, []string) error { return a.say("%s", versionLine()) },
	}
}

func versionLine() string {
	return fmt.Sprintf("fanql %s (%s, %s/%s, SQLite %s, DuckDB %s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, sqlite.Version(), reduce.Version())
}
