// Inputs: the ordered rows that a merge reads.

package sorted

import (
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// An Input is a sequence of rows ordered by key, which a merge pulls batch by batch.
// Its fields are set before it is passed to a merge, which then owns it.
type Input struct {
	// Pull returns the next batch, which then belongs to the input. It returns nil at the
	// end.
	Pull func() (*row.Batch, error)
	// Project, if set, takes over a batch and returns one of the result's rows.
	Project func(*row.Batch) *row.Batch
	// Check, if set, returns an error if a batch cannot be merged. It only borrows the
	// batch.
	Check func(*KeyedBatch) error

	stage *query.Stage // the stage to pull from, if there is one
	at    KeyedBatch   // the last batch

	held []KeyedBatch // the batches of an input in memory; Pull is nil then
	refs []ref        // the order of the rows in held

	batch *row.Batch // the current row, and its key
	row   int
	key   []byte
}

// FromStage returns an input with the rows of a stage. The input owns the stage.
func FromStage(s *query.Stage) Input { return Input{stage: s, Pull: s.Next} }

// next moves to the next row. It returns false at the end.
func (l *Input) next(keys Keys) (bool, error) {
	if l.Pull == nil {
		if len(l.refs) == 0 {
			return false, nil
		}
		r := l.refs[0]
		l.refs = l.refs[1:]
		k := &l.held[r.batch]
		l.batch, l.row = k.Batch, int(r.row)
		l.key = k.Key(l.row)
		return true, nil
	}
	for l.row++; l.batch == nil || l.row >= l.batch.Rows(); l.row = 0 {
		if err := l.load(keys); err != nil || l.batch == nil {
			return false, err
		}
	}
	l.key = l.at.Key(l.row)
	return true, nil
}

// load pulls the next batch. At the end, it leaves batch nil.
func (l *Input) load(keys Keys) error {
	l.at.release()
	l.batch = nil
	b, err := l.Pull()
	if b == nil || err != nil {
		return err
	}
	if l.Project != nil {
		b = l.Project(b)
	}
	l.at.fill(b, keys)
	l.batch = b
	if l.Check != nil {
		return l.Check(&l.at)
	}
	return nil
}

// close drops the remaining rows. It does not release held batches, which belong to the
// sorter.
func (l *Input) close() {
	l.at.release()
	if l.stage != nil {
		l.stage.Discard()
	}
	*l = Input{}
}

// Close closes inputs that no merge owns.
func Close(inputs []Input) {
	for i := range inputs {
		inputs[i].close()
	}
}
