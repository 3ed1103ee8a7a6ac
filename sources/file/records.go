// CSV by RFC 4180 or in another style, with lines that end in \n or \r\n.

package file

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// records reads a CSV file record by record.
type records struct {
	in      *bufio.Reader
	style   separated.Style
	between byte // the separator between fields
	line    int  // the first line of the record
	lines   int  // line ends so far
	width   int  // 0 before the header
	limit   int  // the largest size of a cell, in bytes; 0 is no limit
	field   []byte
	escaped bool // some text was not UTF-8
}

func newRecords(in io.Reader, style separated.Style) *records {
	r := &records{in: bufio.NewReaderSize(in, 64<<10), style: style, between: style.Separator()}
	if bom, err := r.in.Peek(3); err == nil && string(bom) == "\ufeff" {
		_, _ = r.in.Discard(3)
	}
	return r
}

// separated returns an error if the first lines have another separator than the style.
func (r *records) separated() error {
	text, err := r.in.Peek(r.in.Size())
	other, ok := r.style.Looks(text, errors.Is(err, io.EOF))
	if !ok {
		return nil
	}
	name := string(rune(other))
	if other == '\t' {
		name = "tab"
	}
	return option.Errorf("it looks like %s-separated: {delimiter} %s", name, separated.Named(other))
}

// next appends a record's cells to the batch's current row; it returns io.EOF at the
// end.
func (r *records) next(b *row.Batch) error {
	before := len(b.Cells)
	if err := r.record(b); err != nil {
		return err
	}
	if n := len(b.Cells) - before; n != r.width {
		return fmt.Errorf("line %d: %s, where the first line has %d", r.line, fields(n), r.width)
	}
	return nil
}

func fields(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}

// record appends all fields of the next record.
func (r *records) record(b *row.Batch) error {
	r.line = r.lines + 1
	if _, err := r.in.Peek(1); err != nil {
		return err
	}
	for {
		end, err := r.one(b)
		if err != nil {
			return fmt.Errorf("line %d: %w", r.line, err)
		}
		if end {
			r.lines++
			return nil
		}
	}
}

// one appends a field; end reports whether it is the record's last.
func (r *records) one(b *row.Batch) (end bool, err error) {
	r.field = r.field[:0]
	ch, err := r.in.ReadByte()
	if err == nil && ch == '"' {
		return r.quoted(b)
	}
	for ; ; ch, err = r.in.ReadByte() {
		switch {
		case errors.Is(err, io.EOF), err == nil && ch == '\n':
			r.cell(b, len(r.field) > 0)
			return true, nil
		case err != nil:
			return true, err
		case ch == r.between:
			r.cell(b, len(r.field) > 0)
			return false, nil
		case ch == '"':
			return true, errors.New(`a " within a field that does not begin with one`)
		case ch == '\r':
			if next, err := r.in.Peek(1); err != nil || next[0] == '\n' {
				continue
			}
		}
		if err := r.add(ch); err != nil {
			return true, err
		}
	}
}

// quoted appends a field that began with a quote.
func (r *records) quoted(b *row.Batch) (end bool, err error) {
	for {
		ch, err := r.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return true, errors.New(`the file ends within a field that began with a "`)
		case err != nil:
			return true, err
		case ch == '\n':
			r.lines++
		case ch == '"':
			next, err := r.in.ReadByte()
			if next == '\r' {
				next, err = r.in.ReadByte()
				if err == nil && next != '\n' {
					return true, errors.New(`text behind the " that ends a field`)
				}
			}
			switch {
			case errors.Is(err, io.EOF), err == nil && (next == '\n' || next == r.between):
				r.cell(b, true)
				return err != nil || next == '\n', nil
			case err != nil:
				return true, err
			case next != '"':
				return true, errors.New(`text behind the " that ends a field`)
			}
		}
		if err := r.add(ch); err != nil {
			return true, err
		}
	}
}

func (r *records) add(ch byte) error {
	if r.limit > 0 && len(r.field) >= r.limit {
		return fmt.Errorf("a field has more than %d bytes", r.limit)
	}
	r.field = append(r.field, ch)
	return nil
}

// cell appends the field: text, or NULL if it is empty.
func (r *records) cell(b *row.Batch, something bool) {
	if !something {
		b.Null()
		return
	}
	if !b.Text(r.style.Text(r.field)) {
		r.escaped = true
	}
}
