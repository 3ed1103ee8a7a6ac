// Package run runs one query over many sources: from a request to a verdict. It knows
// neither flags nor signals nor a terminal, and changes nothing that the whole process
// shares. Any number of runs can be active at the same time.
//
// A [Request] is a value that says what is wanted. [New] makes a [Plan] of it and finds
// errors before anything is sent. [Plan.Create] opens the files that the run writes,
// and [Plan.Execute] queries the sources, writes their rows and sums up:
//
//	p, err := run.New(run.Request{Config: c, Getenv: os.Getenv, Query: q, Format: csv})
//	if err != nil {
//		return err
//	}
//	defer p.Close()
//	if err := p.Create(ctx); err != nil {
//		return err
//	}
//	verdict, err := p.Execute(ctx, run.Host{Out: run.Stream{Plain: out}, Err: run.Stream{Plain: log}})
//
// If sources are patterns of databases, or lists from elsewhere, a [Search] finds the
// sources that they stand for before New is called.
//
// A mode handles the rows, and each mode has its own file: rows are gathered source by
// source ([query.Dispatch]), streamed as they arrive, written into one file in
// parallel, merged in order while the sources run, or reduced by SQL. Package checks
// builds on the same targets and limits.
package run

import (
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/option"
)

// A Request says what one run should do.
type Request struct {
	// Config has the sources and saved queries; Getenv is its environment.
	Config *config.Config
	Getenv func(string) string
	// Sources are selectors, as for [config.Config.Resolve]; none is all sources.
	Sources []string
	// Given, if set, has the chosen sources, instead of Sources.
	Given *config.Given
	// Query is the only query. Tables are several queries instead, each of which makes
	// a table for Reduce.
	Query  statement.Query
	Tables []Table
	// Params are values for parameters, as in NAME=VALUE or NAME:TYPE=VALUE.
	Params []string
	// Catalogue reads the sources' catalogues instead of running Query, and Sample
	// reads rows of a table; nil is off.
	Catalogue *Catalogue
	Sample    *Sample
	Limits    Limits
	// Started is when the run began, if it had to find sources before; see [Search].
	// Its deadline counts from then. Zero is when New begins, and the time between New and
	// Execute then does not count.
	Started time.Time
	// Now is the instant that today and similar words are relative to.
	Now time.Time
	// Verify checks SQLite files for damage first.
	Verify bool

	// Coerce gives columns of all sources one type, before anything else uses them. ByPlace
	// matches the sources' columns by position, not by name.
	Coerce  []columns.Coercion
	ByPlace bool

	Merge  Merge
	Reduce *Reduce // nil if the rows themselves are the result
	// Federate is nil if the sources run the query as it is.
	Federate *Federate
	// Load is nil if the rows are written, and not loaded into a database.
	Load *Load
	Diff *Compare // nil if sources are not compared
	// SourceColumn is the name of the first column, which holds the source; empty for
	// none.
	SourceColumn string
	// ShowSource also shows that column if a single source is displayed on a terminal.
	ShowSource bool
	// Strict fails a source whose columns differ, and refuses a text that means
	// something else to some of the sources.
	Strict bool
	// Require says when the answer counts. The default is all sources into a file and
	// for a reduce, and any otherwise.
	Require *query.Require
	// KeepGoing runs all sources to their end even if the requirement can no longer be
	// met.
	KeepGoing bool
	// Stream emits rows as they arrive. Stall ends a source that sends no row for that
	// time; 0 is never.
	Stream bool
	Stall  time.Duration
	// Memory bounds the waiting rows, in bytes; 0 is no limit.
	Memory int64

	Format output.Format
	Style  output.Options
	// Output and Report are paths of files; empty is the host's Out, and no report.
	Output, Report string
	// Output may have the fields of an [output.Template]; Export has the options for such
	// files.
	Export Export
	// Command is the user's name of the command, for the report.
	Command string
	// Quiet and Verbose choose the amount of detail in the summary; see [report.Style].
	Quiet, Verbose bool
	// Brief writes the summary in one line, with the reasons why sources are missing.
	Brief bool
	// Timeline shows in the summary when each source ran.
	Timeline bool
	// Version is the program's version, for the report.
	Version string
	// Spelling returns the names of options for the maker of the request.
	Spelling option.Spelling
}

// A Table is one of several queries of a run, which makes a table for its reduce.
type Table struct {
	Name string
	// Sources are selectors among the sources of the request; empty means all of them.
	Sources []string
	Query   statement.Query
}

// A Reduce is SQL over the rows of all sources.
type Reduce struct{ SQL string }

// The options of a request that errors, warnings and summaries name.
const (
	OptionOutput    option.Option = "output"
	OptionReport    option.Option = "report"
	OptionRequire   option.Option = "require"
	OptionPrefer    option.Option = "prefer"
	OptionStrict    option.Option = "strict"
	OptionReduce    option.Option = "reduce"
	OptionTable     option.Option = "query"
	OptionSource    option.Option = "source"
	OptionBaseline  option.Option = "baseline"
	OptionTimeout   option.Option = "timeout"
	OptionMemory    option.Option = "memory"
	OptionPerServer option.Option = "per-server"
	OptionKey       option.Option = "key"
	OptionOrderBy   option.Option = "order-by"
	OptionSorted    option.Option = "sorted"
	OptionDistinct  option.Option = "distinct"
	OptionLimit     option.Option = "limit"
	OptionOffset    option.Option = "offset"
	OptionTolerance option.Option = "tolerance"
	OptionExact     option.Option = "exact"
	OptionOnly      option.Option = "only"
	OptionHistory   option.Option = "history"
	OptionParam     option.Option = "param"
	OptionFailFast  option.Option = "fail-fast"
	OptionCoerce    option.Option = "coerce"
	OptionMatch     option.Option = "match"
	OptionAlias     option.Option = "name" // gives a source a name
	OptionTo        option.Option = "to"
	OptionVertical  option.Option = "vertical"

	OptionDistinctSource option.Option = "distinct-source"
)
