// Package output writes batches of rows in a format: one file per format, all of
// them listed in [Formats]. Those of text can be compressed on the way.
//
//	f, ok := output.Formats.ByName("csv")
//	w := f.New(os.Stdout, output.Options{})
//	for each batch { err = w.Write(b); b.Release() }
//	err = w.Close()
//
// A result goes to a [Target]: a [File] makes it appear at its path all at once or not
// at all, and [Segments] let several sources write into one target at the same time.
// Nothing
// that could steer a terminal reaches one raw: see [Options].Terminal and
// [Sanitize].
package output

import (
	"io"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// Options say how a format writes. The zero value suits a file or a pipe.
type Options struct {
	// Null is how NULL looks, where NullSet; else each format has its own way.
	// See [Format.CheckNull].
	Null    string
	NullSet bool
	// NoHeader leaves out the names of the columns; json, jsonl and vertical
	// keep them, since they name every value.
	NoHeader bool
	// Terminal says that a terminal reads the output: control characters and
	// bidirectional overrides in the data are shown as visible escapes.
	Terminal bool
	// Width is the number of columns a terminal shows; 0 is unknown. Tables cut
	// their cells to fit it.
	Width int
	// Color allows a table and vertical to dim their NULLs.
	Color bool
	// ManyColors says that the terminal has 256 colors.
	ManyColors bool
	// Reserve gives columns of a table, by name, a least width: that of the
	// column of source names is known before the first row is.
	Reserve map[string]int
	// Table is the name of one of the [TableStyles]; empty is the usual one. ASCII says that
	// the reader's locale has no other characters.
	Table string
	ASCII bool
	// Thousands groups the digits of numbers, in formats that people read.
	Thousands bool
	// Total adds a last line to a table, with the sums of its columns of numbers.
	Total bool
	// Changed reports which cells of a table or of vertical are marked as changed, with an
	// asterisk and, where there are colours, in reverse. Rows and columns count from 0; nil
	// marks none.
	Changed func(row, column int) bool
	// Tight is called if a table has too many columns for the width; it may be nil.
	Tight func()
	// Compression compresses what is written, for formats of text. What a Writer
	// flushes can be decompressed at once.
	Compression compression.Kind
	// CSV is the style of csv.
	CSV separated.Style
	// SourceColumn is the name of the first column if that holds the sources' names;
	// empty is none. See also [HiddenSource].
	SourceColumn string
	// CastAdvice says how to cast a column of a source in the query, where a format cannot
	// hold one of its values; nil, and an empty source, are an unknown one.
	CastAdvice func(source, column, to string) string
	// SheetsBySource gives each source a sheet of its own in xlsx. The rows come source
	// by source, and the first column is that of the sources' names.
	SheetsBySource bool
	// Memory bounds what a format gathers before it writes, in bytes; 0 is as much as
	// suits the format.
	Memory int64
	// Note takes warnings about columns that are not written as what they are; it may be
	// nil.
	Note func(column, warning string)
}

// Packed gives a writer that compresses what it writes to w, as the options say. Its
// Close writes what has to stand at the end, and does not close w.
func (o Options) Packed(w io.Writer) io.WriteCloser {
	if o.Compression == compression.None {
		return unpacked{w}
	}
	return compression.NewWriter(w, o.Compression, engine.Zstd)
}

type unpacked struct{ io.Writer }

func (unpacked) Close() error { return nil }

// A Writer writes one result. After an error it goes on returning it.
type Writer interface {
	// Write borrows the batch: it does not release it, and keeps nothing of it
	// but its schema. A batch without rows still brings its columns.
	Write(b *row.Batch) error
	// Flush lets everything written so far out: it is called when the rows of
	// a source are complete, so that a fast source is seen while others run.
	Flush() error
	// Close writes what has to stand at the end and flushes. It does not close
	// the underlying writer.
	Close() error
}

// An Encoder writes rows that may be encoded apart and joined later: what
// [Segments] need. A result is the header, the runs of rows with the separator
// between those that are not empty, and the footer. It is safe for concurrent
// use, and a row costs no allocation.
type Encoder interface {
	// Header appends what stands before the rows; the schema is nil where no
	// source ever gave one.
	Header(dst []byte, s *row.Schema) []byte
	// Rows appends the rows of the batch; first says that no row stands before
	// them in this run.
	Rows(dst []byte, b *row.Batch, first bool) []byte
	// Separator stands between two runs of rows.
	Separator() string
	// Footer appends what stands behind the rows; rows says whether there are any.
	Footer(dst []byte, rows bool) []byte
}

// bufferSize is how much is gathered before it is written.
const bufferSize = 64 << 10

// A sink gathers output and writes it in large pieces.
type sink struct {
	w   io.Writer
	buf []byte
	err error // the first one
}

// full writes the buffer once it has grown past bufferSize.
func (s *sink) full() error {
	if len(s.buf) < bufferSize {
		return s.err
	}
	return s.Flush()
}

func (s *sink) Flush() error {
	if s.err == nil && len(s.buf) > 0 {
		_, s.err = s.w.Write(s.buf)
	}
	s.buf = recycle(s.buf)
	return s.err
}

// recycle empties a buffer; one that a huge value has blown up does not stay.
func recycle(buf []byte) []byte {
	if cap(buf) > 16*bufferSize {
		return nil
	}
	return buf[:0]
}

// sameNames reports whether two schemas have the same column names in the same
// order.
func sameNames(a, b *row.Schema) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || len(a.Columns) != len(b.Columns) {
		return false
	}
	for i := range a.Columns {
		if a.Columns[i].Name != b.Columns[i].Name {
			return false
		}
	}
	return true
}
