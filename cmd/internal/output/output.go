// Package output writes batches of rows in a format: one file per format, all of them
// listed in [Formats]. Text formats can be compressed.
//
//	f, ok := output.Formats.ByName("csv")
//	w := f.New(os.Stdout, output.Options{})
//	for each batch { err = w.Write(b); b.Release() }
//	err = w.Close()
//
// A result goes to a [Target]: a [File] makes it appear at its path all at once or not at
// all, and [Segments] let several sources write into one target at the same time. No
// characters that could control a terminal reach one unescaped: see [Options].Terminal and
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
	// Null is the text for NULL if NullSet is true; otherwise each format has its own. See
	// [Format.CheckNull].
	Null    string
	NullSet bool
	// NoHeader leaves out the names of the columns; json, jsonl and vertical keep them,
	// because they name every value.
	NoHeader bool
	// Terminal says that a terminal reads the output: control characters and
	// bidirectional overrides in the data are shown as visible escapes.
	Terminal bool
	// Width is the number of columns of the terminal; 0 is unknown. Tables cut their cells
	// to fit it.
	Width int
	// Color allows a table and vertical to dim their NULLs.
	Color bool
	// ManyColors says that the terminal has 256 colors.
	ManyColors bool
	// Reserve has the least widths of a table's columns, by name: the width of the column
	// of source names is known before the first row.
	Reserve map[string]int
	// Table is the name of one of the [TableStyles]; empty is the usual one. ASCII says that
	// the reader's locale has only ASCII characters.
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
	// Compression compresses the output of text formats. Output that a Writer has flushed
	// can be decompressed at once.
	Compression compression.Kind
	// CSV is the style of csv.
	CSV separated.Style
	// SourceColumn is the name of the first column if that holds the sources' names;
	// empty is none. See also [HiddenSource].
	SourceColumn string
	// CastAdvice returns how to cast a column of a source in the query, if a format cannot
	// hold one of its values. It may be nil, and source may be empty if it is unknown.
	CastAdvice func(source, column, to string) string
	// SheetsBySource gives each source a sheet of its own in xlsx. The rows must be grouped
	// by source, and the first column must have the sources' names.
	SheetsBySource bool
	// Memory bounds the rows that a format buffers before it writes, in bytes; 0 is the
	// format's own default.
	Memory int64
	// Note gets warnings about columns that are written as another type; it may be nil.
	Note func(column, warning string)
}

// Packed returns a writer that compresses to w, as the options say. Its Close writes the
// end of the compressed data, and does not close w.
func (o Options) Packed(w io.Writer) io.WriteCloser {
	if o.Compression == compression.None {
		return unpacked{w}
	}
	return compression.NewWriter(w, o.Compression, engine.Zstd)
}

type unpacked struct{ io.Writer }

func (unpacked) Close() error { return nil }

// A Writer writes one result. After an error, all later calls return that error.
type Writer interface {
	// Write borrows the batch: it does not release it, and keeps only its schema. A batch
	// without rows still defines its columns.
	Write(b *row.Batch) error
	// Flush writes all buffered output. It is called when the rows of a source are
	// complete, so that the rows of a fast source are visible while others run.
	Flush() error
	// Close writes the end of the result and flushes. It does not close the underlying
	// writer.
	Close() error
}

// An Encoder encodes rows separately, so that they can be joined later, as [Segments] do. A
// result is the header, the runs of rows with the separator between those that are not
// empty, and the footer. An Encoder is safe for concurrent use, and makes no allocation for
// a row.
type Encoder interface {
	// Header appends the text before the rows. The schema is nil if no source sent one.
	Header(dst []byte, s *row.Schema) []byte
	// Rows appends the rows of the batch; first says that no row precedes them in this run.
	Rows(dst []byte, b *row.Batch, first bool) []byte
	// Separator returns the text between two runs of rows.
	Separator() string
	// Footer appends the text after the rows; rows says whether there are any.
	Footer(dst []byte, rows bool) []byte
}

// bufferSize is how many bytes are buffered before they are written.
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

// recycle empties a buffer. It drops a buffer that a huge value has made very large.
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
