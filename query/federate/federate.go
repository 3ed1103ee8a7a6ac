// Package federate plans one statement of DuckDB's SQL over the tables of many sources, as
// if these were one database.
//
// A table's name means the union of the tables with that name in all sources. Its first
// column is the name of the source. A name can be qualified by a source, by an entry of the
// config or by a tag. It then means only the tables of these sources. The result is what
// DuckDB would return if it had loaded all these rows:
//
//	p, err := federate.Open(federate.Options{Sources: sources, SourceColumn: "source"})
//	defer p.Close()
//	err = p.Read(request)                  // parse the text, and find the tables that it names
//	texts := p.LookUp(i)                   // for each source: queries for the columns of its tables
//	definitions := p.Definitions(i)        // and for those of its logical tables
//	p.Described(i, definition, columns)    // and the results
//	p.Found(i, catalogue)
//	err = p.Bind()                         // types, and errors with their position in the text
//	err = p.Split()                        // the statement for each source, and the rest
//	err = p.Load(ctx, parts)               // the rows of the sources
//	err = p.Query(ctx, emit)
//
// The planner does not know how statements are sent. Its inputs are catalogs and its
// outputs are texts, so it is tested without a database. DuckDB parses and binds the
// statement, and computes the result from the sources' rows.
//
// Types come from the declarations at the sources, before any row is fetched. So the result
// has the same types, whichever rows the statement selects. Some declarations do not say
// enough, such as PostgreSQL's numeric without digits. Such a column is inspected as a
// whole, once: see [Plan.Inspections].
package federate

import (
	"errors"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// Error is an error that DuckDB reports about the statement.
type Error = engine.Error

// A Source is a source that the statement may read.
type Source struct {
	Name string
	// Entry is the name of the config's pattern that found the source, or empty. Tags are
	// the source's tags. Each of them can qualify a table.
	Entry string
	Tags  []string
	// Dialect is nil if the source cannot be opened.
	Dialect *driver.Dialect
	// Zone is the zone of the source's timestamps without a zone, if these are to be read
	// as instants. Otherwise it is nil.
	Zone *row.Zone
}

// Options are the options of a plan.
type Options struct {
	// Sources are the sources to query, in source order. They may be empty if a text is
	// only checked. Known are the names of other sources in the config, for errors.
	Sources []Source
	Known   []string
	// SourceColumn is the name of the column of source names. It must not be empty.
	SourceColumn string
	// Gather fetches all rows of the tables, and lets DuckDB do all of the work.
	Gather bool
	// Portable means that the statement is printed as a whole, in the dialect of the plan's
	// only source. There is no column of source names then. See [Plan.Portable].
	Portable bool
	// Logical returns the texts of a logical table, one for each source in its dialect, as
	// requests with SQL and Locate. The SQL is empty for a source that lacks the table.
	// Logical returns nil if the name is not that of a logical table. A logical table hides
	// the tables with that name in all sources. Logical may be nil.
	Logical func(name string) ([]driver.Request, error)
	// Strict makes it an error of a source if it lacks a table or a column.
	Strict bool
	// Now is the value of now(), today() and similar functions. Zero is the time at which
	// the statement is read.
	Now time.Time
	// Memory limits the engine's memory, in bytes; 0 is DuckDB's own limit. TempDir is the
	// folder for its temporary files.
	Memory  int64
	TempDir string
	// Note receives a warning about a source. Refuse receives the reason why a source's
	// rows cannot be in the result.
	Note   func(source int, warning string)
	Refuse func(source int, err error)
}

// A Plan executes one statement. It is for one goroutine at a time, except for the methods
// that say otherwise.
type Plan struct {
	o  Options
	db *engine.DB

	text   string // DuckDB's SQL, with values for the parameters and the current time
	asked  string // the text before the current time replaced functions; empty if none was replaced
	folded []folding
	bare   map[string]bool // functions without parentheses that are constants in text
	locate func(character int) (line, column int, ok bool)
	tree   *engine.Tree
	needs  engine.Needs
	names  []reference // every place in the text that names a table

	relations []*relation
	refused   map[int]bool // sources whose rows are not in the result
	found     map[int]bool // sources whose catalog was read

	headings  []string
	types     []row.Column // the columns of the result
	joins     int          // the number of joins that the sources execute
	semi      int          // the number of tables of subqueries that got another name
	scalar    int          // the number of subqueries of one value that the sources execute
	servers   map[int]string
	tables    []*table // the tables into which the sources' rows are loaded
	fragments []*Fragment
	final     string   // the statement over the loaded rows
	printed   bool     // final differs from the user's text
	reasons   []string // why work is not done at the sources

	one       engine.Node // a SELECT to copy; see selectOne
	typings   map[uintptr]typing
	converted map[string]string // constants converted to other types
}

// Open starts the engine of a plan. The caller must call [Plan.Close].
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

// Close stops the engine and removes its temporary files. It may be called more than
// once.
func (p *Plan) Close() error { return p.db.Close() }

// Remove removes the temporary files. Another goroutine may call it when the process is
// about to exit without Close.
func (p *Plan) Remove() error { return p.db.Remove() }

// refuse excludes the rows of a source from the result.
func (p *Plan) refuse(source int, err error) {
	p.refused[source] = true
	p.o.Refuse(source, err)
}

// Drop excludes a source that has failed after the look-up. The caller must call
// [Plan.Match] afterwards.
func (p *Plan) Drop(source int) { p.refused[source] = true }
