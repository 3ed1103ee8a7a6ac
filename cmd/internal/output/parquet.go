// parquet: typed columns in row groups, compressed with zstd.

package output

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/fanql/fanql/sources/row"
)

const (
	// A row group ends when it has groupRows rows, or cells of groupBytes bytes.
	// DuckDB reads a group on one thread, and makes groups of 122,880 rows itself.
	groupRows  = 128 << 10
	groupBytes = 64 << 20
	// gatheredRows and gatheredBytes bound the rows that are encoded at a time, each column
	// on one core.
	gatheredRows  = 8 << 10
	gatheredBytes = 4 << 20
	// dictionaryBytes bounds the size of the dictionary of a column of texts.
	dictionaryBytes = 256 << 10
)

// parquetWriter gathers rows, and encodes those gathered before on other cores. The types
// of the columns are those of the first batch.
type parquetWriter struct {
	o       Options
	w       *parquet.GenericWriter[any]
	to      *destination
	schema  *row.Schema
	hidden  int // how many columns at the front are not written
	columns []parquetColumn
	rows    *row.Batch // gathered
	unused  *row.Batch
	working chan error // the result of encoding the previous rows; nil if none are being encoded
	grouped int        // the rows of the current row group
	bytes   int        // likewise
	limit   int        // of a row group, in bytes
	closed  bool
	err     error
}

func newParquet(w io.Writer, _ string, o Options) Writer {
	p := &parquetWriter{o: o, to: &destination{w: w}, limit: groupBytes}
	if o.Memory > 0 { // for the buffered rows, the pages of a group, and their compressed copies
		p.limit = int(min(int64(p.limit), max(o.Memory/4, 1<<20)))
	}
	return p
}

func (p *parquetWriter) Write(b *row.Batch) error {
	if p.err != nil {
		return p.err
	}
	if p.schema == nil {
		p.begin(b.Schema)
	} else if b.Schema != p.schema && !slices.Equal(b.Schema.Columns, p.schema.Columns) {
		p.err = errors.New("parquet: the columns changed after the first rows were written")
	}
	if p.err != nil {
		return p.err
	}
	p.rows.Append(b)
	if p.rows.Rows() >= gatheredRows || p.rows.Size() >= gatheredBytes {
		p.encode()
	}
	return p.err
}

// begin finds the types of the columns.
func (p *parquetWriter) begin(s *row.Schema) {
	p.schema, p.rows, p.unused = s, row.NewBatch(s), row.NewBatch(s)
	if s.Width() > 0 && s.Columns[0].Name == HiddenSource {
		p.hidden = 1
	}
	root := orderedGroup{}
	options := []parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.CreatedBy("fanql", "", ""),
		parquet.DictionaryMaxBytes(dictionaryBytes), parquet.DataPageStatistics(false),
	}
	for _, c := range s.Columns[p.hidden:] {
		column := parquetColumnOf(c)
		if column.why != "" && p.o.Note != nil {
			p.o.Note(c.Name, column.why)
		}
		if column.unsorted {
			options = append(options, parquet.SkipPageBounds(c.Name), parquet.SkipPageStatistics(c.Name))
		}
		p.columns = append(p.columns, column)
		root.fields = append(root.fields, namedField{parquet.Optional(column.node), c.Name})
	}
	if len(p.columns) == 0 {
		p.err = errors.New("parquet: a file needs at least one column: write csv, or have the query give one")
		return
	}
	p.w = parquet.NewGenericWriter[any](p.to, append(options, parquet.NewSchema("rows", root))...)
}

// encode starts to encode the gathered rows, after the previous ones have been encoded.
func (p *parquetWriter) encode() {
	if p.wait(); p.err != nil || p.rows.Rows() == 0 {
		return
	}
	p.grouped, p.bytes = p.grouped+p.rows.Rows(), p.bytes+p.rows.Size()
	full := p.grouped >= groupRows || p.bytes >= p.limit
	if full {
		p.grouped, p.bytes = 0, 0
	}
	rows, done := p.rows, make(chan error, 1)
	p.working, p.rows, p.unused = done, p.unused, p.rows
	p.rows.Cut(0, 0)
	p.rows.Arena = recycleArena(p.rows.Arena)
	go func() {
		err := p.columnsOf(rows)
		if err == nil && full {
			err = p.to.failure(p.w.Flush())
		}
		done <- err
	}()
}

// recycleArena empties an arena. It drops an arena that a huge value has made very large.
func recycleArena(arena []byte) []byte {
	if cap(arena) > 4*gatheredBytes {
		return nil
	}
	return arena[:0]
}

// wait waits for the rows that are being encoded.
func (p *parquetWriter) wait() {
	if p.working == nil {
		return
	}
	err := <-p.working
	p.working = nil
	if p.err == nil {
		p.err = err
	}
}

// columnsOf encodes rows, each column on one core.
func (p *parquetWriter) columnsOf(b *row.Batch) error {
	writers := p.w.ColumnWriters()
	errs := make([]error, len(writers))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(writers)) {
		all.Go(func() {
			var e parquetEncoder
			for {
				at := int(next.Add(1)) - 1
				if at >= len(writers) {
					return
				}
				errs[at] = p.column(&e, writers[at], b, at)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// A parquetEncoder holds the values of one column of some rows.
type parquetEncoder struct {
	values []parquet.Value
	arena  []byte // the bytes of values that are not in the rows' arena
}

// column encodes one column of rows. A cell that its type cannot hold is an error.
func (p *parquetWriter) column(e *parquetEncoder, w *parquet.ColumnWriter, b *row.Batch, at int) error {
	c := &p.columns[at]
	e.values, e.arena = e.values[:0], e.arena[:0]
	width := b.Schema.Width()
	for i := at + p.hidden; i < len(b.Cells); i += width {
		cell := &b.Cells[i]
		if cell.Kind == row.Null {
			e.values = append(e.values, parquet.Value{})
			continue
		}
		v, ok := c.value(e, b, cell)
		if !ok {
			return unheld(p.o, b, i/width, c.Column, c.called+" of Parquet", "")
		}
		e.values = append(e.values, v.Level(0, 1, at))
	}
	_, err := w.WriteRowValues(e.values)
	return err
}

// A destination remembers its write error, because libraries wrap it in words of their own.
type destination struct {
	w   io.Writer
	err error
}

func (d *destination) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	if d.err == nil {
		d.err = err
	}
	return n, err
}

// failure returns the error of the destination rather than a library's.
func (d *destination) failure(err error) error {
	if err != nil && d.err != nil {
		return d.err
	}
	return err
}

// HiddenSource is the name of a first column with the sources' names, which are used for
// errors and for sheets. The column is not written.
const HiddenSource = "\x00source"

// unheld returns the error for a cell of row i that a format's type cannot hold. If cure is
// empty, the error advises to cast it to text.
func unheld(o Options, b *row.Batch, i int, c row.Column, what, cure string) error {
	cells := b.Row(i)
	at := slices.IndexFunc(b.Schema.Columns, func(other row.Column) bool { return other.Name == c.Name })
	const most = 60
	value := []rune(string(b.AppendText(nil, cells[at])))
	more := ""
	if len(value) > most {
		value, more = value[:most], "…"
	}
	source := ""
	if first := b.Schema.Columns[0].Name; first == HiddenSource || first == o.SourceColumn && first != "" {
		source = string(b.AppendText(nil, cells[0]))
	}
	switch {
	case cure != "":
	case o.CastAdvice != nil:
		cure = o.CastAdvice(source, c.Name, row.Text.String())
	default:
		cure = "cast it to text in the query"
	}
	err := fmt.Errorf("column %q holds %q%s, which is no %s: %s", c.Name, string(value), more, what, cure)
	if source != "" {
		err = fmt.Errorf("source %s: %w", Sanitize(source), err)
	}
	return err
}

// Flush writes nothing, because a file can be read only when it is complete.
func (p *parquetWriter) Flush() error { return p.err }

func (p *parquetWriter) Close() error {
	if p.err == nil && p.schema == nil {
		p.err = errors.New("parquet: no source gave columns")
	}
	if p.err == nil {
		p.encode()
	}
	if p.wait(); p.err == nil && !p.closed {
		p.closed = true
		p.err = p.to.failure(p.w.Close())
	}
	return p.err
}

// Discard waits until nothing is being written any more.
func (p *parquetWriter) Discard() error {
	p.wait()
	return nil
}

// An orderedGroup is a group whose fields keep their order, and may have any names.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }
func (orderedGroup) GoType() reflect.Type      { return reflect.TypeFor[map[string]any]() }

type namedField struct {
	parquet.Node
	name string
}

func (f namedField) Name() string { return f.name }

// Value is not needed: columns are written one by one.
func (f namedField) Value(reflect.Value) reflect.Value { return reflect.Value{} }
