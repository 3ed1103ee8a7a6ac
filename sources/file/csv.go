// CSV files as sources.

package file

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// A CSV is a CSV file as a source. Its first line names the columns.
type CSV struct {
	path  string
	style separated.Style
}

// openCSV checks whether the file begins like CSV of the style.
func openCSV(path string, style separated.Style) (*CSV, error) {
	f, err := openText(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was opened for reading only
	in := newRecords(f, style)
	err = in.separated()
	if err == nil {
		_, err = in.header()
	}
	return &CSV{path, style}, err
}

// Name returns the file's path as it was given.
func (s *CSV) Name() string { return s.path }

// Typed reports that all columns are text.
func (s *CSV) Typed() bool { return false }

// Run returns the rows of the file.
func (s *CSV) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (answer driver.Answer, _ error) {
	failed := func(err error) (driver.Answer, error) {
		return answer, &driver.Error{Phase: p.Phase(), Err: err}
	}
	p.Enter(driver.Query)
	f, err := openText(s.path)
	if err != nil {
		return failed(err)
	}
	defer f.Close() // it was opened for reading only
	in := newRecords(f, s.style)
	in.limit = q.MaxCell
	columns, err := in.header()
	if err != nil {
		return failed(err)
	}
	p.Enter(driver.Stream)
	schema := &row.Schema{Columns: columns}
	b := row.NewBatch(schema)
	for {
		switch err := in.next(b); {
		case err == io.EOF: //nolint:errorlint // an error that wraps io.EOF is not the end of the rows
			answer.Warnings = in.warnings()
			return answer, emit(b)
		case err != nil:
			b.Release()
			return failed(err)
		}
		if b.EndRow() {
			if ctx.Err() != nil {
				b.Release()
				return answer, context.Cause(ctx)
			}
			if err := emit(b); err != nil {
				return answer, err
			}
			b = row.NewBatch(schema)
		}
	}
}

// warnings reports what the conversion to text has changed.
func (r *records) warnings() []string {
	if !r.escaped {
		return nil
	}
	return []string{"the file holds text that is not UTF-8: such bytes are shown as \\xNN"}
}

// header reads the column names.
func (r *records) header() ([]row.Column, error) {
	b := row.NewBatch(&row.Schema{})
	defer b.Release()
	switch err := r.record(b); {
	case err == io.EOF: //nolint:errorlint // as above
		return nil, errors.New("the file is empty: its first line should name the columns")
	case err != nil:
		return nil, fmt.Errorf("not a CSV file: %w", err)
	case r.escaped:
		return nil, errors.New("not a CSV file: its first line is not text in UTF-8")
	}
	var columns []row.Column
	for _, c := range b.Cells {
		name := string(b.AppendText(nil, c))
		for _, ch := range name {
			if ch == 0 {
				return nil, errors.New("not a CSV file: its first line holds bytes that are not text")
			}
		}
		columns = append(columns, row.Column{Name: name, Type: row.Text})
	}
	r.width = len(columns)
	return columns, nil
}
