// Package run runs one query over many sources: a request goes in, a verdict comes
// out. It knows neither flags nor signals nor a terminal, changes nothing that the
// whole process shares, and any number of runs can go on side by side.
//
// A [Request] is a value that says what is wanted. [New] makes a [Plan] of it and
// finds what is wrong before anything is sent. [Plan.Create] opens the files that the
// run writes, and [Plan.Execute] asks the sources, brings their rows to where they
// belong and sums up:
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
// Where sources are patterns of databases, or lists from elsewhere, a [Search] asks what
// they stand for before New is called.
//
// What becomes of the rows is a mode, each in a file of its own: they are gathered
// source by source ([query.Dispatch]), streamed as they come, written into one file
// in parallel, merged in order while the sources run, or reduced by SQL. Package
// checks builds on the same targets and limits.
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

// A Request says what is wanted of one run.
type Request struct {
	// Config has the sources and saved queries; Getenv is its environment.
	Config *config.Config
	Getenv func(string) string
	// Sources are selectors, as for [config.Config.Resolve]; none is all sources.
	Sources []string
	// Query is the one query. Tables are several in place of it, each a table that
	// Reduce reads.
	Query  statement.Query
	Tables []Table
	// Params are values for parameters, as in NAME=VALUE or NAME:TYPE=VALUE.
	Params []string
	// Catalogue has the sources asked for their catalogues in place of Query, and Sample
	// for rows of a table; nil is not.
	Catalogue *Catalogue
	Sample    *Sample
	Limits    Limits
	// Started is when the run began, if it had to find sources before; see [Search]. Its
	// deadline counts from then. Zero is when it is executed.
	Started time.Time
	// Now is what today and its like are relative to.
	Now time.Time
	// Verify has SQLite files looked over for damage first.
	Verify bool

	// Coerce makes columns of all sources one type, before anything is made of them.
	// ByPlace matches the sources' columns by their places, not by their names.
	Coerce  []columns.Coercion
	ByPlace bool

	Merge  Merge
	Reduce *Reduce // nil where the rows themselves are the result
	// Federate is nil where the query is one of the sources' own.
	Federate *Federate
	Diff     *Compare // nil where sources are not compared
	// SourceColumn is the name of the first column, which holds the source; empty
	// for none.
	SourceColumn string
	// Strict fails a source whose columns differ, and refuses a text that means
	// something else to some of the sources.
	Strict bool
	// Require says when the answer counts. The default is all sources into a file and
	// for a reduce, and else any.
	Require *query.Require
	// KeepGoing has all sources asked to their end although the requirement cannot be
	// met any more.
	KeepGoing bool
	// Stream lets rows out as they come; Stall ends a source that gives none for so
	// long, and 0 is never.
	Stream bool
	Stall  time.Duration
	// Memory bounds the rows that wait, in bytes; 0 is no limit.
	Memory int64

	Format output.Format
	Style  output.Options
	// Output and Report are paths of files; empty is the host's Out, and no report.
	Output, Report string
	// Quiet and Verbose say how much the summary says; see [report.Style].
	Quiet, Verbose bool
	// Version is the program's, for the report.
	Version string
	// Spelling is how whoever made the request calls its options.
	Spelling option.Spelling
}

// A Table is one of several queries of a run, which makes a table for its reduce.
type Table struct {
	Name string
	// Sources choose among those of the request; none is all of them.
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
	OptionParam     option.Option = "param"
	OptionFailFast  option.Option = "fail-fast"
	OptionCoerce    option.Option = "coerce"
	OptionMatch     option.Option = "match"
	OptionAlias     option.Option = "name" // gives a source a name

	OptionDistinctSource option.Option = "distinct-source"
)
