// The flags for the appearance of tables.

package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
)

// display are the flags for the appearance of a table, as given.
type display struct {
	style            string
	thousands, total bool
	chart            string
}

func (d *display) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.style, "style", "", "draw tables in this `STYLE`: "+run.List(output.TableStyleNames())+"; default psql")
	f.BoolVar(&d.thousands, "thousands", false, "group the digits of numbers in table, markdown and vertical: 1,234,567")
	f.BoolVar(&d.total, "total", false, "end a table with the exact sums of its columns of numbers, and the number of rows")
	f.StringVar(&d.chart, "chart", "", "draw the rows instead of printing them: bar, line or spark, and `WHAT`, as in 'bar x=category y=revenue by=source'; columns that are not named are guessed")
	must(cmd.RegisterFlagCompletionFunc("chart", fixedCompletion(output.ChartKinds...)))
	must(cmd.RegisterFlagCompletionFunc("style", fixedCompletion(output.TableStyleNames()...)))
}

// drawn returns the format of the chart, if there is one.
func (d *display) drawn(named string) (f output.Format, ok bool, err error) {
	if d.chart == "" {
		return f, false, nil
	}
	if named != "" {
		return f, false, fmt.Errorf("--chart plots the rows, and --%s prints them: leave one of them out", named)
	}
	c, err := output.ParseChart(d.chart)
	if err != nil {
		return f, false, fmt.Errorf("--chart: %w", err)
	}
	return c.Format(), true, nil
}

// apply adds the appearance to the options of a format.
func (d *display) apply(a *app, f output.Format, s *output.Options) error {
	known := output.TableStyleNames()
	switch {
	case d.style != "" && !slices.Contains(known, d.style):
		return fmt.Errorf("unknown style %q: choose one of %s", d.style, run.List(known))
	case d.style != "" && f.Name != "table":
		return fmt.Errorf("--style goes with --format table, and the format is %s", f.Name)
	case d.thousands && !f.ForPeople():
		return fmt.Errorf("--thousands goes with what people read, and programs read %s", f.Name)
	case d.total && f.Name != "table" && f.Name != "markdown":
		return fmt.Errorf("--total goes with --format table or markdown, and the format is %s", f.Name)
	}
	s.Table, s.Thousands, s.Total, s.ASCII = d.style, d.thousands, d.total, a.plainLocale()
	return nil
}
