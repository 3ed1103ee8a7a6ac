// The rows that describe the differences of a source.

package compare

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// words describe a row that only one side has.
var words = [2]string{inBaseline: "removed", inSource: "added"}

// result returns the columns of the result. Our own names take precedence; a column of
// the baseline with the same name gets a suffix.
func (d *columnMapper) result(baseline *row.Schema) *row.Schema {
	text := func(name string) row.Column { return row.Column{Name: name, Type: row.Text} }
	each := func(name string) row.Column { return row.Column{Name: name, Type: row.Any} }
	ours := []row.Column{text("source"), text("change"), {Name: "count", Type: row.Int}}
	last := countAt + 1 // the number of our columns that stand before theirs
	if len(d.Key) > 0 || d.single {
		ours, last = []row.Column{text("source"), text("change"), text("column"), each("baseline"), each("value")}, 2
	}
	all := ours
	theirs := columns.UniqueNames(baseline)
	for _, c := range theirs {
		if len(d.Key) == 0 && !d.single {
			all = append(all, each(c.Name))
		}
	}
	for _, name := range d.key {
		all = append(all, each(name))
	}
	all = columns.UniqueNames(&row.Schema{Columns: all})
	s := &row.Schema{}
	s.Columns = append(append(append(s.Columns, all[:last]...), all[len(ours):]...), all[last:len(ours)]...)
	return s
}

// differences holds the differences of one source, until it is known that the source can be
// compared.
type differences struct {
	schema  *row.Schema
	source  string
	limit   int // if limited is set
	limited bool
	stage   *query.Stage

	b       *row.Batch
	full    bool
	begun   int    // the number of rows that differ
	counted []byte // the key of the last counted row
	objects objects
}

// begin records a row that differs.
func (o *differences) begin() { o.begun++ }

// shown reports whether the last recorded row is shown.
func (o *differences) shown() bool { return !o.limited || o.begun <= o.limit }

// open begins a row of the result with its source and change.
func (o *differences) open(change string) error {
	if o.full {
		if err := o.flush(); err != nil {
			return err
		}
	}
	if o.b == nil {
		o.b = row.NewBatch(o.schema)
	}
	o.b.TextString(o.source)
	o.b.TextString(change)
	return nil
}

func (o *differences) close() { o.full = o.b.EndRow() }

func (o *differences) flush() error {
	b := o.b
	o.b, o.full = nil, false
	if b == nil {
		return nil
	}
	return o.stage.Add(b)
}

// end stages the last rows and seals the stage.
func (o *differences) end() error {
	if err := o.flush(); err != nil {
		return err
	}
	return o.stage.Seal(context.Background())
}

// key appends the key's cells of a row.
func (o *differences) key(p *columnMap, side int, b *row.Batch, i int) {
	for _, k := range p.key {
		o.b.AppendCell(b, b.Row(i)[p.columns[k].at[side]])
	}
}

// whole adds a row that only one side has.
func (o *differences) whole(p *columnMap, side int, b *row.Batch, i int) error {
	o.begin()
	if !o.shown() {
		return nil
	}
	if err := o.open(words[side]); err != nil {
		return err
	}
	o.key(p, side, b, i)
	o.b.Null()
	if side == inSource {
		o.b.Null()
	}
	o.b.JSON(o.objects.object(p, side, b, i))
	if side == inBaseline {
		o.b.Null()
	}
	o.close()
	return nil
}

// cell adds a cell that has changed.
func (o *differences) cell(p *columnMap, at int, l, r *side) error {
	if !o.shown() {
		return nil
	}
	if err := o.open("changed"); err != nil {
		return err
	}
	m := &p.columns[at]
	o.key(p, inSource, r.Batch, r.Row)
	o.b.TextString(m.name)
	o.b.AppendCell(l.Batch, l.Batch.Row(l.Row)[m.at[inBaseline]])
	o.b.AppendCell(r.Batch, r.Batch.Row(r.Row)[m.at[inSource]])
	o.close()
	return nil
}

// count adds a row that one side has once more than the other. If it equals the last
// counted row, it increments the count of that row.
func (o *differences) count(p *columnMap, side int, b *row.Batch, i int, key []byte) error {
	repeated := bytes.Equal(o.counted, key) // equal rows that remain are all on one side
	if !repeated {
		o.begin()
		o.counted = append(o.counted[:0], key...)
	}
	switch {
	case !o.shown():
		return nil
	case repeated:
		o.b.Cells[len(o.b.Cells)-o.schema.Width()+countAt].Bits++
		return nil
	}
	if err := o.open(words[side]); err != nil {
		return err
	}
	o.b.Int(1)
	for _, at := range p.place {
		if at < 0 { // the source lacks the column, so it is not compared
			o.b.Null()
		} else {
			o.b.AppendCell(b, b.Row(i)[p.columns[at].at[side]])
		}
	}
	o.close()
	return nil
}

// countAt is the place of the column count.
const countAt = 2

// objects writes rows as JSON objects.
type objects struct {
	buf  bytes.Buffer
	text []byte
}

// object returns the cells of a row that are not in the key, as a JSON object by name. The
// text is valid until the next call.
func (w *objects) object(p *columnMap, side int, b *row.Batch, i int) []byte {
	cells := b.Row(i)
	w.buf.Reset()
	w.buf.WriteByte('{')
	for n, at := range p.rest {
		if n > 0 {
			w.buf.WriteByte(',')
		}
		w.quote(p.columns[at].name)
		w.buf.WriteByte(':')
		w.value(b, cells[p.columns[at].at[side]])
	}
	w.buf.WriteByte('}')
	return w.buf.Bytes()
}

// value writes a cell. A value that JSON does not have becomes a string.
func (w *objects) value(b *row.Batch, c row.Cell) {
	w.text = b.AppendText(w.text[:0], c)
	switch {
	case c.Kind == row.Null:
		w.buf.WriteString("null")
	case (c.Kind == row.Bool || c.Kind == row.JSON || c.Kind.Numeric()) && json.Valid(w.text):
		w.buf.Write(w.text)
	default:
		w.quote(string(w.text))
	}
}

func (w *objects) quote(s string) {
	e := json.NewEncoder(&w.buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string has a form in JSON
	}
	w.buf.Truncate(w.buf.Len() - 1) // the line's end
}
