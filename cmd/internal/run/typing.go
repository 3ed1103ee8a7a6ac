// Columns without a type, in formats that need one: the rows wait until all rows have been
// inspected.

package run

import (
	"context"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// typing is a writer of a format that needs types. Rows with columns without a type, such
// as SQLite's, are staged until the end, when the types of all cells are known.
type typing struct {
	output.Writer
	budget *query.Budget
	schema *row.Schema
	stage  *query.Stage // nil if all columns have a type
	found  []found      // by column
}

// found describes the cells of a column.
type found struct {
	kinds uint16 // a bit for each
	wide  bool   // an integer that a double cannot hold
}

func (t *typing) Write(b *row.Batch) error {
	if t.schema == nil {
		t.schema = b.Schema
		for _, c := range b.Schema.Columns {
			if c.Type == row.Any {
				t.stage = t.budget.Stage()
			}
		}
		t.found = make([]found, b.Schema.Width())
	}
	if t.stage == nil {
		return t.Writer.Write(b)
	}
	for at, c := range t.schema.Columns {
		if c.Type != row.Any {
			continue
		}
		f := &t.found[at]
		for i := at; i < len(b.Cells); i += len(t.schema.Columns) {
			cell := &b.Cells[i]
			if f.kinds |= 1 << cell.Kind; cell.Kind == row.Int {
				v := float64(int64(cell.Bits))
				f.wide = f.wide || v == 1<<63 || int64(v) != int64(cell.Bits)
			}
		}
	}
	twin := row.NewBatch(b.Schema)
	twin.Append(b)
	return t.stage.Add(twin)
}

func (t *typing) Flush() error {
	if t.stage != nil {
		return nil
	}
	return t.Writer.Flush()
}

// Close gives all columns types and writes the rows.
func (t *typing) Close() error {
	if t.stage == nil {
		return t.Writer.Close()
	}
	typed := &row.Schema{Columns: append([]row.Column(nil), t.schema.Columns...)}
	for at := range typed.Columns {
		if c := &typed.Columns[at]; c.Type == row.Any {
			c.Type = t.found[at].kind(c.Database)
		}
	}
	err := t.stage.Seal(context.Background())
	if err == nil {
		first := row.NewBatch(typed)
		err = t.Writer.Write(first)
		first.Release()
	}
	if err == nil {
		err = t.stage.Each(func(b *row.Batch) error {
			defer b.Release()
			b.Schema = typed
			return t.Writer.Write(b)
		})
	}
	if err != nil {
		return err
	}
	return t.Writer.Close()
}

// Discard drops the rows that wait.
func (t *typing) Discard() error {
	if t.stage != nil {
		t.stage.Discard()
	}
	return discard(t.Writer)
}

// discard frees what a writer holds outside of its destination.
func discard(w output.Writer) error {
	if d, ok := w.(interface{ Discard() error }); ok {
		return d.Discard()
	}
	return nil
}

// kind returns the type that holds all cells of a column unchanged. declared is the
// column's type in SQLite, which counts if no cell contradicts it.
func (f found) kind(declared string) row.Kind {
	kinds := f.kinds &^ (1 << row.Null)
	switch affinity := affinityOf(declared); affinity {
	case row.Any:
	case row.Float: // a later export may have fractions even if this one has only integers
		if kinds&^(1<<row.Int|1<<row.Float) == 0 {
			kinds |= 1 << row.Float
		}
	default:
		if kinds == 0 {
			kinds = 1 << affinity
		}
	}
	if kinds == 1<<row.Int|1<<row.Float {
		if f.wide {
			return row.Text
		}
		return row.Float
	}
	for k := row.Bool; k < row.Any; k++ {
		if kinds == 1<<k {
			return k
		}
	}
	return row.Text
}

// affinityOf returns the kind that SQLite converts values to in a column of a declared
// type; Any if it converts none.
func affinityOf(declared string) row.Kind {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(strings.ToUpper(declared), w) {
				return true
			}
		}
		return false
	}
	switch {
	case declared == "":
	case has("INT"), has("BOOL"):
		return row.Int
	case has("CHAR", "CLOB", "TEXT"):
		return row.Text
	case has("BLOB"):
		return row.Bytes
	case has("REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"): //nolint:misspell // SQLite looks for these letters
		return row.Float
	}
	return row.Any
}
