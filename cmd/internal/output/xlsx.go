// xlsx: a workbook of one sheet, or of one for each source.

package output

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/fanql/fanql/sources/leftover"
	"github.com/fanql/fanql/sources/row"
)

// The limits of a sheet.
const (
	sheetRows    = excelize.TotalRows
	sheetColumns = excelize.MaxColumns
	sheetName    = excelize.MaxSheetNameLength
	cellText     = excelize.TotalCellChars
)

// xlsxWriter writes one sheet at a time, in a workbook of its own, and then puts the
// compressed sheet into a temporary file. So at most one sheet's rows are in memory, and of
// those at most 16 MiB, the limit of excelize. At the end it joins these sheets into one
// workbook.
type xlsxWriter struct {
	o       Options
	to      *destination
	null    any
	schema  *row.Schema
	from    int // the first column that is written
	source  int // the column of source names, if each source has a sheet; -1 otherwise
	sheet   *xlsxSheet
	parts   []sheetPart
	taken   map[string]bool // the names of sheets in use, in lower case
	folder  string
	remove  func() error
	spool   *os.File
	spooled int64
	most    int // the largest number of rows of a sheet
	cells   []any
	closed  bool
	err     error
}

// An xlsxSheet is the sheet that is being written.
type xlsxSheet struct {
	label string // the source's name, or oneSheet
	name  string
	book  *excelize.File
	rows  *excelize.StreamWriter
	next  int // the row to be written, from 1
}

// oneSheet is the name of a sheet for all sources.
const oneSheet = "rows"

func newXLSX(w io.Writer, null string, o Options) Writer {
	x := &xlsxWriter{o: o, to: &destination{w: w}, source: -1, taken: map[string]bool{"history": true}, most: sheetRows}
	if null != "" {
		x.null = plainText(null)
	}
	return x
}

func (x *xlsxWriter) Write(b *row.Batch) error {
	if x.err == nil && x.schema == nil {
		x.err = x.begin(b.Schema)
	} else if x.err == nil && !sameNames(x.schema, b.Schema) {
		x.err = errors.New("xlsx: the columns changed after the header was written")
	}
	if x.err == nil && x.source < 0 {
		x.err = x.enter(oneSheet)
	}
	for i := 0; i < b.Rows() && x.err == nil; i++ {
		x.err = x.row(b, i)
	}
	return x.err
}

// begin finds the columns.
func (x *xlsxWriter) begin(s *row.Schema) (err error) {
	x.schema = s
	if s.Width() > 0 && s.Columns[0].Name == HiddenSource {
		x.from = 1
	}
	if x.o.SheetsBySource {
		if s.Width() == 0 || s.Columns[0].Name != x.o.SourceColumn {
			return errors.New("xlsx: the rows do not say which source they are of, so that it could have a sheet")
		}
		x.source = 0
	}
	if n := s.Width() - x.from; n > sheetColumns {
		return fmt.Errorf("xlsx: a sheet has %d columns at most, and these are %d: leave columns out, or write csv", sheetColumns, n)
	}
	if x.folder, x.remove, err = leftover.Folder("xlsx"); err != nil {
		return fmt.Errorf("xlsx: no folder for temporary files: %w", err)
	}
	x.spool, err = unnamed(x.folder)
	return err
}

// enter begins the sheet of a label, unless it is the one that is being written.
func (x *xlsxWriter) enter(label string) error {
	switch {
	case x.sheet == nil:
	case x.sheet.label != label:
		if err := x.retire(); err != nil {
			return err
		}
	case x.sheet.next <= x.most:
		return nil
	default: // it is full
		if err := x.retire(); err != nil {
			return err
		}
	}
	s := &xlsxSheet{label: label, name: x.called(label), next: 1}
	var err error
	if s.book, s.rows, err = newSheet(x.folder, len(x.parts) == 0); err != nil {
		return err
	}
	x.sheet = s
	if x.o.NoHeader {
		return nil
	}
	x.cells = x.cells[:0]
	for i, c := range x.schema.Columns[x.from:] {
		if why := unfit([]byte(c.Name)); why != "" {
			return fmt.Errorf("xlsx: the name of column %d %s", i+1, why)
		}
		x.cells = append(x.cells, excelize.Cell{StyleID: styleBold, Value: plainText(c.Name)})
		if err := s.rows.SetColWidth(i+1, i+1, widthOf(c)); err != nil {
			return err
		}
	}
	if err := s.rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return s.set(x.cells)
}

// set writes the next row.
func (s *xlsxSheet) set(cells []any) error {
	at, err := excelize.CoordinatesToCellName(1, s.next)
	if err != nil {
		return err
	}
	s.next++
	return s.rows.SetRow(at, cells)
}

func (x *xlsxWriter) row(b *row.Batch, i int) error {
	cells := b.Row(i)
	label := oneSheet
	if x.source >= 0 {
		label = string(b.AppendText(nil, cells[x.source]))
	}
	if err := x.enter(label); err != nil {
		return err
	}
	x.cells = x.cells[:0]
	for at := x.from; at < len(cells); at++ {
		c := cells[at]
		if c.Kind == row.Null {
			x.cells = append(x.cells, x.null)
			continue
		}
		v, why := xlsxCell(b, c)
		if why != "" {
			return unheld(x.o, b, i, x.schema.Columns[at], "cell of a sheet: it "+why, "cut or replace it in the query, or write csv")
		}
		x.cells = append(x.cells, v)
	}
	return x.sheet.set(x.cells)
}

// called returns a new valid name for a sheet: at most 31 characters, none of them []:*?/\,
// and no ' at either end.
func (x *xlsxWriter) called(label string) string {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < ' ' || r == utf8.RuneError || r == 0x7f {
			return '_'
		}
		return r
	}, label)
	clean = strings.TrimSpace(strings.Trim(clean, "'"))
	if clean == "" {
		clean = "_"
	}
	for n := 1; ; n++ {
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" (%d)", n)
		}
		name := strings.TrimRight(firstUnits(clean, sheetName-len(more)), "' ") + more
		if folded := strings.ToLower(name); name != more && !x.taken[folded] {
			x.taken[folded] = true
			return name
		}
	}
}

// firstUnits returns the longest prefix of a text with at most n units of UTF-16, which is
// how sheets count characters.
func firstUnits(text string, n int) string {
	for i, r := range text {
		if n -= utf16.RuneLen(r); n < 0 {
			return text[:i]
		}
	}
	return text
}

// unfit returns why a text cannot be in a cell, or an empty text if it can.
func unfit(text []byte) string {
	units := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xfffe, r == 0xffff:
			return fmt.Sprintf("holds the character %U, which XLSX has no form for", r)
		case r > 0xffff:
			units++
		}
		units++
		i += size
	}
	if units > cellText {
		return fmt.Sprintf("has %d characters, and a cell takes %d", units, cellText)
	}
	return ""
}

// widthOf returns the width of a column in the sheet, in characters.
func widthOf(c row.Column) float64 {
	least := 10
	switch c.Type {
	case row.Timestamp, row.TimestampTZ:
		least = 24
	case row.Date, row.Time:
		least = 14
	case row.Text, row.JSON:
		least = 20
	}
	return math.Min(float64(max(least, utf8.RuneCountInString(c.Name)+2)), 60)
}

// Flush writes nothing, because a workbook can be read only when it is complete.
func (x *xlsxWriter) Flush() error { return x.err }

func (x *xlsxWriter) Close() error {
	if x.err == nil && x.schema == nil {
		x.err = x.begin(&row.Schema{Columns: hiddenOnly(x.o)})
	}
	if x.err == nil && x.sheet == nil && len(x.parts) == 0 { // no source has rows
		x.err = x.enter(oneSheet)
	}
	if x.err == nil && !x.closed {
		x.closed = true
		if x.err = x.retire(); x.err == nil {
			x.err = x.to.failure(x.join())
		}
	}
	err := x.err
	if clean := x.Discard(); err == nil {
		err = clean
	}
	return err
}

// hiddenOnly returns the columns of a result without columns.
func hiddenOnly(o Options) []row.Column {
	if o.SheetsBySource {
		return []row.Column{{Name: o.SourceColumn, Type: row.Text}}
	}
	return nil
}

// Discard removes the temporary files.
func (x *xlsxWriter) Discard() (err error) {
	if x.sheet != nil {
		err = x.sheet.book.Close()
		x.sheet = nil
	}
	if x.spool != nil {
		err = errors.Join(err, x.spool.Close())
		x.spool = nil
	}
	if x.remove != nil {
		err = errors.Join(err, x.remove())
		x.remove = nil
	}
	return err
}
