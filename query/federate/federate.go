// Package federate plans one statement of DuckDB's SQL over the tables of many sources
// as if they were one database.
//
// A table's name means the union of the tables of that name at all sources, with the
// source's name in a column in front; a name that is qualified by a source, by an entry
// of the config or by a tag means that one's tables alone. The answer is what DuckDB
// would give if all those rows had been loaded into it:
//
//	p, err := federate.Open(federate.Options{Sources: sources, SourceColumn: "source"})
//	defer p.Close()
//	err = p.Read(request)                  // what the text says, and which tables it names
//	texts := p.LookUp(i)                   // asked of each source: the columns of its tables
//	definitions := p.Definitions(i)        // and those of its logical tables
//	p.Described(i, definition, columns)    // what it answered
//	p.Found(i, catalogue)
//	err = p.Bind()                         // types, and errors with their place in the text
//	err = p.Split()                        // what each source is asked, and what is done here
//	err = p.Load(ctx, parts)               // what they answered
//	err = p.Query(ctx, emit)
//
// Nothing here knows how a source is asked: the planner takes what catalogues say, gives
// texts, and is tested without a database. DuckDB parses, binds and finishes.
//
// Types come from what the sources declare, before a row is fetched, so that the answer
// has the same types whatever the statement keeps of the rows. A column whose
// declaration does not say enough, such as PostgreSQL's numeric without digits, is
// looked at as a whole once: see [Plan.Inspections].
package federate

import (
	"errors"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// Error is what DuckDB has against the statement.
type Error = engine.Error

// A Source is one that the statement is about.
type Source struct {
	Name string
	// Entry is the pattern of the config that found it, or empty; Tags are its tags. A
	// table can be qualified by each of them.
	Entry string
	Tags  []string
	// Dialect is nil for one that cannot be opened.
	Dialect *driver.Dialect
	// Zone is that of its timestamps without a zone, where they are instants; else nil.
	Zone *row.Zone
}

// Options of a plan.
type Options struct {
	// Sources are those that are asked, in source order; none are where a text is only
	// read, without knowing them. Known are the names of others
	// that could be, for errors.
	Sources []Source
	Known   []string
	// SourceColumn is the name of the column of source names; not empty.
	SourceColumn string
	// Gather has all rows of the tables fetched, and all work done here.
	Gather bool
	// Portable says that the statement is to be printed as a whole for its only source:
	// there is no column of source names. See [Plan.Portable].
	Portable bool
	// Logical gives what a logical table is at each source: a text in its dialect, as its
	// SQL and Locate, which is empty at a source without the table. It gives nil for a name
	// that is none, and hides the sources' own tables of the others. It may be nil.
	Logical func(name string) ([]driver.Request, error)
	// Strict makes a table or a column that some source lacks an error of that source.
	Strict bool
	// Now is what now(), today() and their like give; zero is when the statement is read.
	Now time.Time
	// Memory is what the engine may hold, in bytes; TempDir takes its temporary files.
	Memory  int64
	TempDir string
	// Note takes a warning about a source, and Refuse why it cannot be in the answer.
	Note   func(source int, warning string)
	Refuse func(source int, err error)
}

// A Plan is one statement on its way. It is for one goroutine at a time, but for
// [Plan.Remove].
type Plan struct {
	o  Options
	db *engine.DB

	text   string // DuckDB's SQL, with values for the parameters and the present
	asked  string // the same without the present; empty where there is none in it
	folded []folding
	bare   map[string]bool // functions without parentheses that are constants in text
	locate func(character int) (line, column int, ok bool)
	tree   *engine.Tree
	needs  engine.Needs
	names  []reference // every place where the text names a table

	relations []*relation
	refused   map[int]bool // sources that are not in the answer
	found     map[int]bool // sources whose catalogue was read

	headings  []string
	types     []row.Column // of the answer
	joins     int          // that stay in the sources
	servers   map[int]string
	tables    []*table // that the sources' rows go to
	fragments []*Fragment
	final     string   // what is run over them
	printed   bool     // and not the user's text
	reasons   []string // why what is done here is not done at the sources

	typings   map[uintptr]typing
	converted map[string]string // constants of other types
}

// Open starts the engine of a plan. The caller closes it.
func Open(o Options) (*Plan, error) {
	if o.Portable {
		o.SourceColumn = "fanql source" // no statement has it
	}
	if o.SourceColumn == "" {
		return nil, errors.New("the column of source names needs a name")
	}
	db, err := engine.Open(engine.Options{Memory: o.Memory, TempDir: o.TempDir})
	if err != nil {
		return nil, err
	}
	return &Plan{o: o, db: db, refused: map[int]bool{}, found: map[int]bool{}, servers: map[int]string{}, typings: map[uintptr]typing{}, converted: map[string]string{}}, nil
}

// Close ends the engine and removes its temporary files. It may be called again.
func (p *Plan) Close() error { return p.db.Close() }

// Remove removes the temporary files, also from another goroutine, when the process is
// about to leave without Close.
func (p *Plan) Remove() error { return p.db.Remove() }

// refuse leaves a source out of the answer.
func (p *Plan) refuse(source int, err error) {
	p.refused[source] = true
	p.o.Refuse(source, err)
}

// Drop leaves out a source that has failed since the look-up. [Plan.Match] follows.
func (p *Plan) Drop(source int) { p.refused[source] = true }
