// Package testrow makes rows for tests, and shows rows as lines:
//
//	rows := [][]testrow.Fill{{testrow.Int(1), testrow.Text("a")}, {testrow.Int(2), testrow.Null}}
//	err := testrow.Emit(testrow.Columns("id", row.Int, "name", row.Text), rows, 2, emit)
package testrow

import (
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// A Fill appends one cell to the current row of a batch.
type Fill func(*row.Batch)

// Null is the Fill of NULL.
func Null(b *row.Batch) { b.Null() }

// Each of these functions returns the Fill of a value of one kind. Decimals, dates, times and
// timestamps are given as the text that a server sends.

func Int(v int64) Fill          { return func(b *row.Batch) { b.Int(v) } }
func Uint(v uint64) Fill        { return func(b *row.Batch) { b.Uint(v) } }
func Float(v float64) Fill      { return func(b *row.Batch) { b.Float(v) } }
func Float32(v float32) Fill    { return func(b *row.Batch) { b.Float32(v) } }
func Bool(v bool) Fill          { return func(b *row.Batch) { b.Bool(v) } }
func Text(s string) Fill        { return func(b *row.Batch) { b.TextString(s) } }
func JSON(s string) Fill        { return func(b *row.Batch) { b.JSON([]byte(s)) } }
func Blob(s string) Fill        { return func(b *row.Batch) { b.Blob([]byte(s)) } }
func Decimal(s string) Fill     { return func(b *row.Batch) { b.Decimal([]byte(s)) } }
func Date(s string) Fill        { return func(b *row.Batch) { b.DateText([]byte(s)) } }
func Time(s string) Fill        { return func(b *row.Batch) { b.Exact(row.Time, []byte(s)) } }
func Timestamp(s string) Fill   { return func(b *row.Batch) { b.TimestampText([]byte(s), false) } }
func TimestampTZ(s string) Fill { return func(b *row.Batch) { b.TimestampText([]byte(s), true) } }

// Columns takes alternating names and kinds: "id", row.Int, "name", row.Text.
func Columns(s ...any) (c []row.Column) {
	for i := 0; i < len(s); i += 2 {
		c = append(c, row.Column{Name: s[i].(string), Type: s[i+1].(row.Kind)})
	}
	return c
}

// Emit emits the rows in batches of the given size, or in smaller ones if a batch is full. The last
// batch has the remaining rows, or none. The batches belong to emit. An error of emit ends it.
func Emit(columns []row.Column, rows [][]Fill, every int, emit row.Emit) error {
	schema := &row.Schema{Columns: columns}
	b := row.NewBatch(schema)
	for i, r := range rows {
		for _, f := range r {
			f(b)
		}
		if b.EndRow() || (i+1)%every == 0 {
			if err := emit(b); err != nil {
				return err
			}
			b = row.NewBatch(schema)
		}
	}
	return emit(b)
}

// Cells returns the canonical text of each cell of each row, and the given word for
// NULL. The batch still belongs to the caller.
func Cells(b *row.Batch, null string) [][]string {
	rows := make([][]string, b.Rows())
	for i := range rows {
		for _, c := range b.Row(i) {
			text := null
			if c.Kind != row.Null {
				text = string(b.AppendText(nil, c))
			}
			rows[i] = append(rows[i], text)
		}
	}
	return rows
}

// Lines returns each row as a line: its Cells with | between them, and NULL as NULL.
func Lines(b *row.Batch) (lines []string) {
	for _, cells := range Cells(b, "NULL") {
		lines = append(lines, strings.Join(cells, "|"))
	}
	return lines
}
