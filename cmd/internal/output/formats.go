// The table of formats: a new one is one file and one line here.

package output

import (
	"fmt"
	"io"
	"strings"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/separated"
)

// A Format is one way of writing a result.
type Format struct {
	Name     string
	Suffixes []string // of file names that select it, with the dot
	// Fixed: the columns cannot change once rows are out, because only the
	// header names them. A batch with other columns is an error.
	Fixed bool
	// Binary formats cannot be shown on a terminal. They compress themselves, and need
	// all columns before the first row. Typed ones need their types, too: no column may
	// be of type [row.Any].
	Binary, Typed bool

	header int    // the number of lines that name the columns
	null   string // the text of NULL by default
	barred string // characters that the text of NULL must not have
	keep   string // control characters that are part of the format
	// A format has one of the two. Formats with an encoder are written by a stream.
	encoder func(null string, o Options) Encoder
	writer  func(w io.Writer, null string, o Options) Writer
}

// Formats are all formats, in the order in which help shows them.
var Formats = Catalogue[Format]{
	{Name: "table", Suffixes: []string{".txt"}, header: 2, null: "NULL", writer: newTable},
	{Name: "csv", Suffixes: []string{".csv"}, Fixed: true, header: 1, barred: "\"\r\n", keep: "\n\t", encoder: newCSV},
	{Name: "tsv", Suffixes: []string{".tsv", ".tab"}, Fixed: true, header: 1, null: `\N`, barred: "\t\r\n\\", keep: "\n\t", encoder: newTSV},
	{Name: "json", Suffixes: []string{".json"}, keep: "\n", encoder: newJSON},
	{Name: "jsonl", Suffixes: []string{".jsonl", ".ndjson"}, keep: "\n", encoder: newJSONL},
	{Name: "markdown", Suffixes: []string{".md", ".markdown"}, header: 2, null: "NULL", barred: "|\r\n", writer: newMarkdown},
	{Name: "vertical", null: "NULL", writer: newVertical},
	{Name: "parquet", Suffixes: []string{".parquet"}, Fixed: true, Binary: true, Typed: true, writer: newParquet},
	{Name: "xlsx", Suffixes: []string{".xlsx"}, Fixed: true, Binary: true, writer: newXLSX},
}

// HeaderLines returns how many lines at the beginning of a result name its columns.
func (f Format) HeaderLines(o Options) int {
	if o.NoHeader {
		return 0
	}
	if f.Name == "table" {
		return o.tableStyle().header()
	}
	return f.header
}

// Called returns the format's name and suffixes.
func (f Format) Called() (name string, suffixes []string) { return f.Name, f.Suffixes }

// CheckNull reports why NULL cannot be written as s in this format and style. Call it
// before New, which accepts any text.
func (f Format) CheckNull(s string, style separated.Style) error {
	barred := f.barred
	if f.Name == "csv" {
		barred += string(rune(style.Separator()))
	}
	if i := strings.IndexAny(s, barred); i >= 0 && s != f.null {
		return fmt.Errorf("%s cannot write NULL as %q: it may not contain %q", f.Name, s, s[i:i+1])
	}
	return nil
}

// OnTerminal returns why a result cannot be shown on a terminal, or nil if it can.
func (f Format) OnTerminal(o Options) error {
	what := f.Name
	switch {
	case o.Compression != compression.None:
		what = o.Compression.String()
	case !f.Binary:
		return nil
	}
	return option.Errorf("%s cannot be shown on a terminal: give {output} FILE, or send it to a program", what)
}

// New returns a writer of one result to w. The caller calls Close.
func (f Format) New(w io.Writer, o Options) Writer {
	if o.Compression != compression.None {
		z := compression.NewWriter(w, o.Compression, engine.Zstd)
		o.Compression = compression.None
		return packed{f.New(z, o), z}
	}
	if f.writer != nil {
		return f.writer(w, f.nullText(o), o)
	}
	return &stream{sink: sink{w: w}, format: f, terminal: o.Terminal, enc: f.encoder(f.nullText(o), o)}
}

// Through returns the format with another writer for results. The writer gets the options
// of the result, and rows like all writers: see [Writer].
func (f Format) Through(writer func(w io.Writer, o Options) Writer) Format {
	f.encoder = nil
	f.writer = func(w io.Writer, null string, o Options) Writer {
		o.Null, o.NullSet = null, true
		return writer(w, o)
	}
	return f
}

// Encoder returns the format's encoder. ok is false for formats whose rows cannot be
// encoded separately, such as table and vertical. Encoders ignore Options.Terminal; only
// New uses it.
func (f Format) Encoder(o Options) (Encoder, bool) {
	if f.encoder == nil {
		return nil, false
	}
	return f.encoder(f.nullText(o), o), true
}

func (f Format) nullText(o Options) string {
	if o.NullSet {
		return o.Null
	}
	return f.null
}
