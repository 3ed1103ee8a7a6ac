// Loading: the sources' rows are loaded into tables, and DuckDB does the rest of the work.

package federate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// A Part has the rows of one source, as [Fragment.Read] converted them.
type Part struct {
	Source int // the index in Options.Sources
	Rows   *query.Stage
	// Fragment returns the fragment to which a batch with the schema belongs.
	Fragment func(*row.Schema) *Fragment
}

// Load loads the rows of all parts, which are in source order, into their tables. It takes
// ownership of the parts' rows, and discards what is left. It stops with the cause when ctx
// ends.
func (p *Plan) Load(ctx context.Context, parts []Part) error {
	defer func() {
		for _, part := range parts {
			part.Rows.Discard()
		}
	}()
	for _, t := range p.tables {
		if err := p.create(t); err != nil {
			return err
		}
	}
	runs := runsOf(parts, p.db.Threads())
	appended := make([]*appenders, len(runs))
	err := query.Parallel(len(runs), func(i int) error {
		appended[i] = &appenders{plan: p, of: map[*table]*engine.Appender{}}
		for _, part := range runs[i] {
			if err := appended[i].add(ctx, part); err != nil {
				return err
			}
		}
		return appended[i].flush()
	})
	for _, a := range appended { // commit in order, so that the tables have the rows in source order
		err = errors.Join(err, a.end(err == nil))
	}
	return err
}

// create creates a table, and the view of it that the statement reads.
func (p *Plan) create(t *table) error {
	columns := []string{"s " + p.sourceEnum().SQL()}
	for i, c := range t.columns {
		columns = append(columns, fmt.Sprintf("c%d %s", i, c.SQL()))
	}
	if err := p.db.Exec("create table " + t.physical() + " (" + strings.Join(columns, ", ") + ")"); err != nil {
		return err
	}
	if p.printed {
		return p.makeView(internal+"."+t.viewName(), t.relation, t)
	}
	return p.makeView(t.relation.qualified(), t.relation, t)
}

// sourceEnum is the type of the source names in tables. A value takes one byte in most
// cases.
func (p *Plan) sourceEnum() engine.Column {
	c := engine.Column{Type: engine.Enum}
	for _, s := range p.o.Sources {
		c.Values = append(c.Values, s.Name)
	}
	return c
}

// runsOf splits the parts into at most n runs: consecutive parts, with similar numbers of
// rows in each run.
func runsOf(parts []Part, n int) (runs [][]Part) {
	total := int64(0)
	for _, p := range parts {
		total += p.Rows.Rows() + 1 // a part without rows has a cost, too
	}
	rows, begin := int64(0), 0
	for i, p := range parts {
		rows += p.Rows.Rows() + 1
		if i == len(parts)-1 || rows*int64(n) >= total*int64(len(runs)+1) {
			runs, begin = append(runs, parts[begin:i+1]), i+1
		}
	}
	return runs
}

// appenders append rows to the tables, each in its own transaction.
type appenders struct {
	plan *Plan
	of   map[*table]*engine.Appender
	all  []*engine.Appender
}

func (a *appenders) add(ctx context.Context, part Part) error {
	places := map[*Fragment][]int{}
	return part.Rows.Each(func(b *row.Batch) error {
		defer b.Release()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f := part.Fragment(b.Schema)
		if f == nil {
			return errors.New("rows came that no fragment asked for")
		}
		to, err := a.table(f.table)
		if err != nil {
			return err
		}
		if places[f] == nil {
			places[f] = f.places()
		}
		return to.Add(b, places[f])
	})
}

// places returns the indexes of the table's columns in the fragment's rows.
func (f *Fragment) places() []int {
	places := []int{f.Source}
	for at := range f.table.columns {
		from := -1
		for i, c := range f.columns {
			if c.at == at {
				from = i
			}
		}
		places = append(places, from)
	}
	return places
}

func (a *appenders) table(t *table) (*engine.Appender, error) {
	if to, ok := a.of[t]; ok {
		return to, nil
	}
	columns := []engine.Column{a.plan.sourceEnum()}
	for _, c := range t.columns {
		columns = append(columns, c.Column)
	}
	_, name, _ := strings.Cut(t.physical(), `".`)
	to, err := a.plan.db.Append("fanql internal", name, columns)
	if err != nil {
		return nil, err
	}
	a.of[t], a.all = to, append(a.all, to)
	return to, nil
}

func (a *appenders) flush() (err error) {
	for _, to := range a.all {
		err = errors.Join(err, to.Flush())
	}
	return err
}

// end commits the appended rows if good is true, and otherwise drops them. a may be nil.
func (a *appenders) end(good bool) (err error) {
	if a == nil {
		return nil
	}
	for _, to := range a.all {
		if good && err == nil {
			err = to.Commit()
		}
		err = errors.Join(err, to.Close())
	}
	return err
}

// Query runs the rest of the statement over the loaded rows, and emits the rows of the
// result. The end of ctx interrupts it.
func (p *Plan) Query(ctx context.Context, emit row.Emit) error {
	if err := p.db.Lock(); err != nil {
		return err
	}
	var schema *row.Schema
	err := p.db.Query(ctx, p.final, func(b *row.Batch) error {
		if schema == nil {
			schema = &row.Schema{Columns: p.named(b.Schema)}
		}
		b.Schema = schema
		return emit(b)
	})
	if refused, ok := errors.AsType[*Error](err); ok && refused.Line > 0 {
		if p.printed { // the position is in a text that the user has not written
			refused.Line, refused.Column = 0, 0
		} else {
			refused.Line, refused.Column = p.place(p.offset(refused.Line, refused.Column))
		}
	}
	return err
}

// named returns the columns of the result with the names in the user's text. A name that
// occurs twice gets a suffix, since JSON would lose a value.
func (p *Plan) named(s *row.Schema) []row.Column {
	own := &row.Schema{Columns: append([]row.Column(nil), s.Columns...)}
	for i := range own.Columns {
		own.Columns[i].Name = p.headings[i]
	}
	return columns.UniqueNames(own)
}
