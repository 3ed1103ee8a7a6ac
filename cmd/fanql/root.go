// The root command: streams, the config, and the conversion of an error to an exit
// status.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/pager"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/option"
)

// app holds what every command shares: the streams, the environment, the config.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	configFlag     string
	tidy           func()    // removes half-written files of a run, and names queries that may still run; nil if no run is active
	plugin         *plugin   // nil unless a monitoring system needs a line and a status of its own
	begun          func()    // called when a run takes over the signals
	exit           func(int) // exits the process at once
	noPager        bool
	watch          *watch                      // repeats a run; nil is one run
	pager          atomic.Pointer[pager.Pager] // the pager of the shown result; nil is none
	tidied         atomic.Bool
	configs        []*config.Config // to close at the end
}

// command executes one command line and returns its exit status.
func command(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	stdout, stderr = streamed(stdout), jobLog(streamed(stderr))
	defer flush(stdout)
	defer flush(stderr)
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv, begun: func() {}, exit: os.Exit} //nolint:forbidigo // if a driver, a reader or the engine hangs, nothing else ends the process
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if isCompletion(args) {
		defer prepareCompletion(root, args[1:])()
	}
	defer a.contain(&status)
	defer a.closeConfigs()
	if a.plugin = pluginFor(root, args); a.plugin != nil {
		a.begun = a.plugin.untilBegun(a)
	}
	err := root.ExecuteContext(ctx)
	status = exitcode.Usage
	if err == nil {
		status = exitcode.Complete
	}
	if s, ok := errors.AsType[*statusError](err); ok {
		status = s.status
		err = s.err
	}
	err = a.complain(err)
	if a.plugin != nil {
		return a.plugin.conclude(a, args, err)
	}
	return status
}

// complain prints an error, if there is one, and returns it with the user's names of
// options.
func (a *app) complain(err error) error {
	if err = option.Spelled(err, flag); err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintln(a.stderr, "fanql: "+output.Sanitize(strings.TrimRight(line, "\n")))
		}
	}
	return err
}

// A statusError ends the program with its own status; every other error is one of usage
// or configuration. Its err may be nil if everything has been reported.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return fmt.Sprintf("exit status %d", e.status) }
func (e *statusError) Unwrap() error { return e.err }

// exit returns the error for a status that has been explained already.
func exit(status int) error {
	if status == exitcode.Complete {
		return nil
	}
	return &statusError{status: status}
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "fanql",
		Short: "One SQL query to many databases at once, one honest result",
		Long: `fanql sends one query to many databases at once (PostgreSQL, MySQL, MariaDB,
SQLite) under one shared deadline, and prints one result with an honest summary
of every source. A slow or dead database never holds up the others.

Exit statuses of all commands:
  0    complete: every chosen source is in the result
  1    no answer: no source ended well, too few did, or the output failed
  2    usage or configuration, or no source can be opened: no query was run
  3    partial: an answer was given, and at least one source is not in it
  4    the answer is no: a comparison found differences, a check failed
  70   a fault of fanql's own, to be reported
  130  interrupted (SIGINT); 143 terminated (SIGTERM)`,
		Example: `  fanql query -s eu.db -s us.db 'select count(*) as n from orders'
  fanql query -s postgres://reader@eu.db/shop -s mysql://reader@us.db/shop 'select 1 as one'
  fanql sql -s eu.db -s us.db 'select region, avg(amount) from orders group by region'
  fanql diff -s eu.db -s us.db --key id 'select * from orders'
  fanql tables
  fanql check
  fanql sources ping
  fanql demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if _, ok := helpPage(args[0]); ok {
					return fmt.Errorf("unknown command %q, which is a help page: fanql help %s", args[0], args[0])
				}
			}
			return usage.UnknownCommand(cmd, args)
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return usage.EmptyFlag(cmd)
		},
		Version: version(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.welcome(cmd)
		},
	}
	root.PersistentFlags().StringVar(&a.configFlag, "config", "", "read `FILE` instead of ./fanql.yaml or $XDG_CONFIG_HOME/fanql/config.yaml (FANQL_CONFIG)")
	must(root.MarkPersistentFlagFilename("config", "yaml", "yml"))
	root.PersistentFlags().BoolVar(&a.noPager, "no-pager", false, "print everything to the terminal; by default, output that is longer than the screen goes through FANQL_PAGER, PAGER or less -SRFX")
	root.SetFlagErrorFunc(usage.FlagError)
	root.AddCommand(a.queryCommand(), a.sqlCommand(), a.loadCommand(), a.diffCommand(), a.tablesCommand(), a.columnsCommand(), a.sampleCommand(), a.schemaCommand(), a.checkCommand(), a.historyCommand(), a.stateCommand(), a.sourcesCommand(), a.initCommand(), a.queriesCommand(), a.configCommand(), a.demoCommand(), a.versionCommand(), a.manCommand())
	root.SetHelpCommand(a.helpCommand(root))
	root.SetUsageTemplate(root.UsageTemplate() + "{{if not .HasParent}}\n" + pageList() + "{{end}}")
	root.SetVersionTemplate(versionLine())
	usage.Strict(root)
	return root
}

// must panics on errors that only a programming error can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// load reads the config that the flag, the environment or the folder names; it returns
// the zero Config if there is none. Of several errors it returns the first, with a hint
// how to see the others.
func (a *app) load() (*config.Config, error) {
	path, found, err := config.Find(a.configFlag, a.getenv)
	if err != nil || !found {
		return &config.Config{Dialects: sources.Dialects, Absent: a.noConfig()}, err
	}
	c, err := a.read(path)
	if c != nil {
		a.configs = append(a.configs, c)
	}
	return c, a.firstOf(err)
}

// read reads the config at the path that [config.Find] returned.
func (a *app) read(path string) (*config.Config, error) {
	if a.namesConfig() {
		return config.Load(path, sources.Dialects, a.getenv)
	}
	return config.LoadFound(path, sources.Dialects, a.getenv)
}

// namesConfig reports whether the user names the config's file.
func (a *app) namesConfig() bool { return a.configFlag != "" || a.getenv("FANQL_CONFIG") != "" }

// closeConfigs ends the tunnels of sources.
func (a *app) closeConfigs() {
	for _, c := range a.configs {
		c.Close()
	}
}

// firstOf returns the first of several errors in the config, with a hint how to see the
// others.
func (a *app) firstOf(err error) error {
	wrong := config.Each(err)
	if len(wrong) < 2 {
		return err
	}
	check := "fanql config check"
	if a.configFlag != "" {
		check += " --config " + process.ShellWord(a.configFlag)
	}
	return fmt.Errorf("%w (and %d more: %s)", wrong[0], len(wrong)-1, check)
}

// noConfig says that there is no config, and where it is searched for.
func (a *app) noConfig() string {
	return "no config: there is no " + strings.Join(config.Places(a.getenv), " and no ") + ", and neither --config nor FANQL_CONFIG names one"
}

// manyColors reports whether the environment says that the terminal has 256 colours.
func manyColors(getenv func(string) string) bool {
	switch getenv("COLORTERM") {
	case "truecolor", "24bit":
		return true
	}
	term := getenv("TERM")
	return strings.Contains(term, "256color") || strings.HasSuffix(term, "-direct")
}

// color reports whether to use colours on a stream.
func (a *app) color(stream any) bool {
	_, ok := output.Terminal(stream)
	return ok && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
}
