// timestamps_in: a source whose timestamps without a zone are converted to instants.

package sources

import (
	"context"
	"fmt"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// instants is a source whose timestamps without a zone belong to a zone. They become
// instants before anything else sees them. The session is not changed.
type instants struct {
	Source
	zone *row.Zone
	kind *driver.Dialect
}

// Run runs the source. A local time that the zone does not have, or has twice, fails
// it.
func (s instants) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	run := func(emit row.Emit) (driver.Answer, error) { return s.Source.Run(ctx, q, p, emit) }
	if q.Verbatim {
		return run(emit)
	}
	i := instanting{source: s.zone, zone: s.zone.Clone(), kind: s.kind}
	return Convert(run, p, i.convert, emit)
}

// instanting is one run of it.
type instanting struct {
	source  *row.Zone // the zone of the columns, the same in every run
	zone    *row.Zone
	kind    *driver.Dialect
	from    *row.Schema // the schema of the source
	to      *row.Schema
	columns []int // the columns that hold timestamps
}

// convert replaces the timestamps of a batch by instants, in place.
func (i *instanting) convert(b *row.Batch) error {
	if b.Schema != i.from {
		i.describe(b.Schema)
	}
	b.Schema = i.to
	width := i.to.Width()
	for _, at := range i.columns {
		for n := at; n < len(b.Cells); n += width {
			name := i.to.Columns[at].Name
			if err := i.cell(b, &b.Cells[n], name); err != nil {
				return fmt.Errorf("column %q: %w", name, err)
			}
		}
	}
	return nil
}

// describe finds the columns with timestamps, by their types or, for a column without a
// type, by its declaration.
func (i *instanting) describe(s *row.Schema) {
	i.from, i.columns = s, nil
	i.to = &row.Schema{Columns: append([]row.Column(nil), s.Columns...)}
	for at := range i.to.Columns {
		switch c := &i.to.Columns[at]; c.Type {
		case row.Timestamp:
			c.Type = row.TimestampTZ
			i.columns = append(i.columns, at)
		case row.Any:
			c.Zone = i.source
			if c.Declared == row.Timestamp {
				i.columns = append(i.columns, at)
			}
		}
	}
}

// cell replaces a timestamp of a column, or a text that is one, by an instant.
func (i *instanting) cell(b *row.Batch, c *row.Cell, column string) error {
	var local int64
	switch c.Kind {
	case row.Timestamp:
		var ok bool
		if local, ok = b.Moment(*c); !ok { // infinity, and dates that do not exist
			c.Kind = row.TimestampTZ
			return nil
		}
	case row.Text:
		m, ok := row.ParseMoment(b.Bytes(*c))
		if !ok {
			return nil
		}
		if local = m.Micros; m.Zoned {
			*c = row.Cell{Kind: row.TimestampTZ, Bits: uint64(local - m.Offset)}
			return nil
		}
	default:
		return nil
	}
	at, err := i.zone.Instant(local)
	if err != nil {
		return err
	}
	if at < row.FirstDay*row.MicrosPerDay || at >= (row.LastDay+1)*row.MicrosPerDay {
		return fmt.Errorf("%s is not an instant of the years 1 to 9999, which timestamps_in needs: %s", b.AppendText(nil, *c), i.kind.CastAdvice(column, "text"))
	}
	*c = row.Cell{Kind: row.TimestampTZ, Bits: uint64(at)}
	return nil
}
