// The watermark of a source: the largest value of a column among its rows.

package run

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

const (
	// mostKeys is how many rows of the overlap are kept for a source. mostSeen is how many
	// are kept while it runs: if rows arrive in the order of the watermark, few more are
	// needed.
	mostKeys = 100_000
	mostSeen = 8 * mostKeys
)

// A marked source is one whose watermark is found as its rows pass.
type marked struct {
	query.Source
	state   *State
	before  exportstate.Mark // the zero value if nothing is kept
	shifted bool             // timestamps without a zone have already been converted to instants

	mu   sync.Mutex
	last *watermark // the watermark of the attempt that ended well
}

// Run runs the source. A value that cannot be a watermark fails it.
func (m *marked) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	t := &watermark{marked: m, doubles: map[string]bool{}, seen: map[string][]byte{}}
	for _, key := range m.before.Keys {
		t.doubles[key] = true
	}
	run := func(emit row.Emit) (driver.Answer, error) { return m.Source.Run(ctx, q, p, emit) }
	answer, err := sources.Convert(run, p, t.take, func(b *row.Batch) error { return emit(t.fresh(b)) })
	if err == nil {
		if err = t.end(); err != nil {
			err = &driver.Error{Phase: driver.Verify, Err: err}
		}
	}
	if err == nil {
		m.mu.Lock()
		m.last = t
		m.mu.Unlock()
		answer.Warnings = append(answer.Warnings, t.warnings()...)
	}
	return answer, err
}

// mark returns the new state of the source after a run that ended well. ok is false if
// there never was a row.
func (m *marked) mark() (mark exportstate.Mark, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mark = m.before
	if m.last == nil {
		return mark, mark.Since.Type != ""
	}
	if m.last.since.Type != "" {
		mark.Since = m.last.since
	}
	if m.last.rows > 0 {
		mark.Keys = m.last.kept
	}
	return mark, mark.Since.Type != ""
}

// dropped returns how many rows of the overlap were left out because they had been exported
// before.
func (m *marked) dropped() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		return 0
	}
	return m.last.left
}

// find finds the watermark among the columns of an answer. It returns an error if there is
// none, or if its type cannot be exact and ordered.
func (m *marked) find(s *row.Schema) (at int, err error) {
	if at, err = columnNamed(s, m.state.Watermark); err != nil {
		return at, err
	}
	c := s.Columns[at]
	kind := c.Type
	if kind == row.Any {
		kind = c.Declared
	}
	switch kind {
	case row.Text, row.JSON, row.Bool, row.Float, row.Bytes, row.Time:
		return at, fmt.Errorf("the column %s is %s, and a watermark is an integer, a decimal, a date, a timestamp or an instant: what has another type is not exact, or has no order that all servers share", output.Sanitize(c.Name), kind)
	}
	if m.shifted && c.Type == row.TimestampTZ && !strings.Contains(strings.ToLower(c.Database), "tz") {
		return at, fmt.Errorf("the column %s has its zone from timestamps_in, and the server would compare it in another: take a column that has a zone of its own, or an integer", output.Sanitize(c.Name))
	}
	return at, nil
}

// columnNamed finds a column: by its exact name, or else without regard to case.
func columnNamed(s *row.Schema, name string) (int, error) {
	at, loose := -1, 0
	var names []string
	for i, c := range s.Columns {
		names = append(names, output.Sanitize(c.Name))
		switch {
		case c.Name == name:
			return i, nil
		case strings.EqualFold(c.Name, name):
			at, loose = i, loose+1
		}
	}
	switch loose {
	case 0:
		return -1, fmt.Errorf("the answer has no column %s: %s", output.Sanitize(name), meant(name, names, "it has "))
	case 1:
		return at, nil
	}
	return -1, fmt.Errorf("the answer has %d columns %s that differ in case only", loose, output.Sanitize(name))
}

// A watermark is the watermark of one attempt, for the rows that have arrived.
type watermark struct {
	*marked
	schema *row.Schema
	at     int   // the watermark's column
	keys   []int // the columns of the key

	rows    int64  // rows with a watermark
	left    int64  // rows that were left out, because they were exported before
	kind    string // the type of all values; empty before the first
	form    string // the form of stored timestamps
	largest []byte // the key of the largest value
	text    []byte // and its text
	since   exportstate.Since

	doubles map[string]bool   // rows that were exported before
	seen    map[string][]byte // by row: the key of the row's watermark
	next    int               // the size of seen at which it is pruned next
	drop    []int             // the rows of the current batch to drop
	kept    []string
	buf     []byte
}

// take processes the rows of a batch.
func (t *watermark) take(b *row.Batch) (err error) {
	if b.Schema != t.schema {
		if err := t.columns(b.Schema); err != nil {
			return err
		}
	}
	t.drop = t.drop[:0]
	for i := range b.Rows() {
		cells := b.Row(i)
		c := cells[t.at]
		if c.Kind == row.Null {
			continue
		}
		if err := t.value(b, c); err != nil {
			return fmt.Errorf("the watermark %s: %w", output.Sanitize(t.schema.Columns[t.at].Name), err)
		}
		if t.keys == nil {
			continue
		}
		if err := t.key(b, i, cells); err != nil {
			return err
		}
	}
	return nil
}

func (t *watermark) columns(s *row.Schema) (err error) {
	if t.at, err = t.find(s); err != nil {
		return &unsuited{err}
	}
	t.keys = nil
	for _, k := range t.state.Key {
		at, err := columnNamed(s, k.Name)
		if err != nil {
			return &unsuited{fmt.Errorf("the key: %w", err)}
		}
		t.keys = append(t.keys, at)
	}
	t.schema = s
	return nil
}

// value updates the largest value. Afterwards the buffer has the key of the value.
func (t *watermark) value(b *row.Batch, c row.Cell) error {
	kind, err := t.kindOf(b, c)
	if err != nil {
		return err
	}
	if t.kind == "" {
		if was := t.before.Since.Type; was != "" && was != kind {
			return fmt.Errorf("it is %s, and was %s in the last run: fanql state reset %s %s begins anew", article(kind), article(was), output.Sanitize(t.state.Path), output.Sanitize(t.Name()))
		}
		t.kind = kind
		if was := t.before.Since; was.Type != "" {
			t.largest, t.text = keyOf(was), []byte(was.Value)
			t.form = formOf(was)
		}
	}
	if kind != t.kind {
		return fmt.Errorf("it holds %s beside %s, which have no common order", article(kind), article(t.kind))
	}
	t.rows++
	if kind == exportstate.Stored {
		t.buf = append(t.buf[:0], b.Bytes(c)...)
		switch form := formOf(exportstate.Since{Type: kind, Value: string(t.buf)}); {
		case t.form == "" || t.form == "date": // a date is less than all times of its day
			t.form = form
		case form != t.form && form != "date":
			return fmt.Errorf("%.40q has another form than %.40q, and the order of such texts is not that of time", t.buf, t.text)
		}
	} else {
		t.buf = b.AppendKey(t.buf[:0], c)
	}
	if t.largest == nil || bytes.Compare(t.buf, t.largest) > 0 {
		t.largest = append(t.largest[:0], t.buf...)
		t.text = b.AppendText(t.text[:0], c)
	}
	return nil
}

// key checks whether a row was exported before, and records it.
func (t *watermark) key(b *row.Batch, i int, cells []row.Cell) error {
	watermark := bytes.Clone(t.buf)
	t.buf = append(t.buf, 0xff)
	for _, at := range t.keys {
		t.buf = b.AppendKey(t.buf, cells[at])
	}
	sum := sha256.Sum256(t.buf)
	name := base64.RawStdEncoding.EncodeToString(sum[:16])
	if t.doubles[name] {
		t.drop = append(t.drop, i)
		t.left++
	}
	t.seen[name] = watermark
	if len(t.seen) < max(t.next, 2*mostKeys) {
		return nil
	}
	if err := t.prune(); err != nil {
		return err
	}
	if len(t.seen) > mostSeen {
		return t.tooMany()
	}
	t.next = 2 * len(t.seen)
	return nil
}

func (t *watermark) tooMany() error {
	return fmt.Errorf("more than %d rows lie in the overlap of %s, and fanql keeps no more of their keys: make it smaller, or leave out the key and have rows twice", mostKeys, t.state.Overlap)
}

// prune forgets the rows before the overlap of the next run.
func (t *watermark) prune() error {
	from, err := t.state.Overlap.Before(exportstate.Since{Type: t.kind, Value: string(t.text)})
	if err != nil {
		return err
	}
	least := keyOf(from)
	for name, watermark := range t.seen {
		if bytes.Compare(watermark, least) < 0 {
			delete(t.seen, name)
		}
	}
	return nil
}

// fresh returns the batch without the rows that were exported before.
func (t *watermark) fresh(b *row.Batch) *row.Batch {
	if len(t.drop) == 0 {
		return b
	}
	some := row.NewBatch(b.Schema)
	for i := range b.Rows() {
		if _, double := slices.BinarySearch(t.drop, i); !double {
			some.AppendRow(b, i)
		}
	}
	b.Release()
	return some
}

// end computes what is to be kept.
func (t *watermark) end() error {
	if t.schema == nil {
		return errors.New("the answer has no columns")
	}
	if t.kind == "" {
		return nil
	}
	t.since = exportstate.Since{Type: t.kind, Value: string(t.text)}
	if err := t.since.Check(); err != nil {
		return fmt.Errorf("the watermark %s: %w", output.Sanitize(t.schema.Columns[t.at].Name), err)
	}
	if t.keys == nil {
		return nil
	}
	if err := t.prune(); err != nil {
		return err
	}
	if len(t.seen) > mostKeys {
		return t.tooMany()
	}
	for name := range t.seen {
		t.kept = append(t.kept, name)
	}
	slices.Sort(t.kept)
	return nil
}

// warnings returns warnings that rows could not be left out.
func (t *watermark) warnings() []string {
	if t.keys != nil && t.before.Since.Type != "" && len(t.doubles) == 0 && t.rows > 0 {
		return []string{"the last export kept no keys: rows of the overlap may be there twice this time"}
	}
	return nil
}
