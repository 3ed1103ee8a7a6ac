// The common part of the commands about tables: fanql tables, columns, sample and
// schema.

package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
)

// catalogueOptions are the flags of these commands, as given.
type catalogueOptions struct {
	queryOptions
	system bool
}

// register adds the flags that all these commands have.
func (o *catalogueOptions) register(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	o.targets.register(a, cmd)
	o.resultFlags(cmd)
	f.StringVar(&o.require, "require", "", "when the answer counts: all, any, N sources or N%; default any, and all with -o (`WHAT`)")
	o.runFlags(cmd)
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be sent where, and send nothing")
	must(f.MarkHidden("time-zone"))
	must(cmd.RegisterFlagCompletionFunc("require", fixedCompletion("all", "any", "50%")))
	f.SortFlags = false
}

// systemFlag adds --system.
func (o *catalogueOptions) systemFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.system, "system", false, "system schemas and tables as well, such as pg_catalog, information_schema, mysql, sqlite_schema")
}

// catalogueRequest checks the flags.
func (a *app) catalogueRequest(o *catalogueOptions) (r run.Request, err error) {
	if r.Config, err = a.load(); err != nil {
		return r, err
	}
	if err := a.commonRequest(&o.queryOptions, &r); err != nil {
		return r, err
	}
	r.Merge.SourceOrder = true
	return r, nil
}

// runCatalogue reads catalogues and shows the result.
func (a *app) runCatalogue(ctx context.Context, o *catalogueOptions, c run.Catalogue) error {
	r, err := a.catalogueRequest(o)
	if err != nil {
		return err
	}
	c.Scope.System = o.system
	r.Catalogue = &c
	return a.runRequest(ctx, &o.queryOptions, r)
}

// tableArgument checks the arguments of commands that take one table.
func tableArgument(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("no table: give the name of one; `fanql tables` lists them")
	case 1:
		return nil
	}
	return usage.AtMost(1, cmd.CommandPath()+" takes one table")(cmd, args)
}
