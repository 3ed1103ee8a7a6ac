// fanql man: the manual pages, generated from the commands' own help.

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/manual"
	"github.com/fanql/fanql/cmd/internal/usage"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages into a folder",
		Example: "  fanql man man/",
		Args:    usage.AtMost(1, "give one folder"),
		Hidden:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no folder: name one, as in fanql man man/")
			}
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			at := time.Now()
			// A reproducible build sets its own time.
			if epoch, err := strconv.ParseInt(a.getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
				at = time.Unix(epoch, 0)
			}
			edition := manual.Edition{Version: version(), Date: at.UTC().Format("January 2006")}
			if err := manual.Write(cmd.Context(), cmd.Root(), helpPages(), args[0], edition); err != nil {
				return fmt.Errorf("manual pages: %w", err)
			}
			return nil
		},
	}
}
