// The flags for combining columns of different sources.

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge/columns"
)

// meetingFlags are the flags for combining columns, as given.
type meetingFlags struct {
	match  string
	coerce []string
}

func (o *meetingFlags) register(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.match, "match", "name", "match the columns of the sources by `HOW`: name or position")
	f.StringArrayVar(&o.coerce, "coerce", nil, "make a column of all sources one type: `COLUMN=TYPE` ("+strings.Join(columns.CoercionTypes(), ", ")+"); a value that it cannot hold fails its source; repeatable")
	must(cmd.RegisterFlagCompletionFunc("match", fixedCompletion("name", "position")))
	must(cmd.RegisterFlagCompletionFunc("coerce", a.completeValueOf(columns.CoercionTypes()...)))
}

// meeting checks the flags.
func (o *meetingFlags) meeting(r *run.Request) error {
	switch o.match {
	case "", "name":
	case "position":
		r.ByPlace = true
	default:
		return fmt.Errorf("--match %q: give name or position", o.match)
	}
	taken := map[string]bool{}
	for _, text := range o.coerce {
		c, err := columns.ParseCoercion(text)
		if err != nil {
			return fmt.Errorf("--coerce %w", err)
		}
		if taken[strings.ToLower(c.Column)] {
			return fmt.Errorf("--coerce: column %q is named twice", c.Column)
		}
		taken[strings.ToLower(c.Column)] = true
		r.Coerce = append(r.Coerce, c)
	}
	return nil
}
