// Writing into several files: one for each source or tag, or parts of n rows.

package run

import (
	"context"
	"errors"
	"slices"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// split stages each source until it has ended well, and writes the files of a group when
// all of its sources have ended. One file is open at a time, however many there are.
func split(ctx context.Context, x *execution) error {
	e := x.plan.exporting
	groups := e.set.Groups()
	left, held := make([]int, len(groups)), make([][]query.Arrival, len(groups))
	for i, g := range groups {
		left[i] = len(g)
	}
	defer func() {
		for _, arrivals := range held {
			for _, a := range arrivals {
				a.Rows.Discard()
			}
		}
	}()
	for a := range query.Dispatch(ctx, x.tasks, x.options) {
		g := e.set.Group(a.Outcome.Index)
		if a.Outcome.State == query.OK {
			held[g] = append(held[g], a)
		}
		if left[g]--; left[g] > 0 {
			continue
		}
		arrivals := held[g]
		held[g] = nil
		if err := x.writeGroup(g, arrivals); err != nil {
			return x.fail(err)
		}
	}
	return nil
}

// writeGroup writes the rows of the arrivals of a group, in source order. The columns are
// those of these arrivals only.
func (x *execution) writeGroup(group int, arrivals []query.Arrival) error {
	if len(arrivals) == 0 {
		return nil
	}
	slices.SortFunc(arrivals, func(a, b query.Arrival) int { return a.Outcome.Index - b.Outcome.Index })
	run := x.run
	run.Need = 0
	out := &parts{x: x, group: group, most: x.plan.request.Export.RowsPerFile}
	for _, a := range arrivals {
		out.sources = append(out.sources, x.plan.exporting.labels[a.Outcome.Index].Source)
	}
	err := merge.InSourceOrder{}.Merge(run, slices.Values(arrivals), into(out))
	if err == nil && out.begun {
		err = out.Close()
	}
	return err
}

// parts writes rows into the files of a group, one after the other. It is an
// [output.Writer].
type parts struct {
	x       *execution
	group   int
	most    int64    // rows of a file; 0 is no limit
	sources []string // nil for all that end well

	begun  bool
	number int // the number of the open file, or of the last one
	file   *output.File
	out    output.Writer // nil if no file is open
	rows   int64         // the rows in the open file
}

// Write writes the rows of a batch, perhaps into several files.
func (p *parts) Write(b *row.Batch) error {
	if p.most == 0 || p.out != nil && p.rows+int64(b.Rows()) <= p.most {
		return p.write(b)
	}
	if b.Rows() == 0 {
		if p.begun {
			return nil
		}
		return p.write(b)
	}
	for at := 0; at < b.Rows(); {
		if p.rows == p.most {
			if err := p.end(); err != nil {
				return err
			}
		}
		n := min(b.Rows()-at, int(min(p.most-p.rows, row.MaxRows)))
		some := row.NewBatch(b.Schema)
		for i := range n {
			some.AppendRow(b, at+i)
		}
		err := p.write(some)
		some.Release()
		if err != nil {
			return err
		}
		at += n
	}
	return nil
}

// write writes rows into the open file, or into a new one if none is open.
func (p *parts) write(b *row.Batch) error {
	if p.out == nil {
		if err := p.open(); err != nil {
			return err
		}
	}
	p.rows += int64(b.Rows())
	return p.out.Write(b)
}

func (p *parts) open() (err error) {
	p.begun = true
	p.number++
	if p.file, err = p.x.create(p.group, p.number); err != nil {
		return err
	}
	p.out, p.rows = p.x.format(p.file), 0
	return nil
}

// end completes the open file.
func (p *parts) end() error {
	err := errors.Join(p.out.Close(), p.x.forget(p.out))
	p.out = nil
	if err != nil {
		return err
	}
	part := 0
	if p.most > 0 {
		part = p.number
	}
	rows := p.rows
	p.rows = 0
	return p.x.plan.exporting.stageLater(p.file, p.sources, part, rows)
}

// Flush does nothing, because the file is not visible before it is complete.
func (*parts) Flush() error { return nil }

// Close completes the last file. If an earlier result had more parts, the commit removes
// them.
func (p *parts) Close() error {
	if p.out == nil {
		if err := p.open(); err != nil {
			return err
		}
	}
	if err := p.end(); err != nil {
		return err
	}
	e := p.x.plan.exporting
	old, err := e.set.Beyond(p.group, p.number)
	for _, path := range old {
		err = errors.Join(err, e.tx.Remove(path))
	}
	return err
}
