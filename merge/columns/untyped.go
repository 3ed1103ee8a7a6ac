// Columns without a type, such as SQLite's: as which kinds their cells are read.

package columns

import (
	"slices"

	"github.com/fanql/fanql/sources/row"
)

// held is what is known of the sources' columns for one column of the result.
type held struct {
	kinds   []seen   // the types, each once, in source order, without Any and Null
	typed   bool     // a source has a real type, and not only a declaration as text
	untyped bool     // a source has the column without a type
	weak    row.Kind // the kind that columns without a type declare; dates count as Timestamp; Any if they differ
}

// saw records a source's column.
func (h *held) saw(source int, c row.Column) {
	h.typed = h.typed || c.Type != row.Any && c.Type != row.Null
	k := KindOf(c)
	switch k {
	case row.Null:
		return
	case row.Any:
		h.untyped = true
		declared := c.Declared
		if declared == row.Date {
			declared = row.Timestamp
		}
		if declared != row.Null && h.weak != row.Null && h.weak != declared {
			declared = row.Any
		}
		h.weak = max(h.weak, declared)
		return
	}
	at := slices.IndexFunc(h.kinds, func(s seen) bool { return s.kind == k })
	if at < 0 {
		h.kinds = append(h.kinds, seen{k, source})
	} else {
		h.kinds[at].source = min(h.kinds[at].source, source)
	}
	slices.SortFunc(h.kinds, func(a, b seen) int { return a.source - b.source })
}

// meeting returns the type in which the sources' own types meet. Ok is false if two of them
// do not meet.
func (h *held) meeting() (k row.Kind, ok bool) {
	ok = true
	for i, s := range h.kinds {
		for _, other := range h.kinds[:i] {
			_, _, fine := meet(other.kind, s.kind)
			ok = ok && fine
		}
		k, _, _ = meet(k, s.kind)
	}
	return k, ok
}

// kind returns the type of the column in the result, if it is compared or not.
func (h *held) kind(compared bool) row.Kind {
	switch k, _ := h.meeting(); {
	case !h.typed && !compared && (h.untyped || len(h.kinds) > 0):
		return row.Any // columns of SQLite's only are printed as they are
	case h.untyped:
		k, _, _ = meet(k, row.Any)
		return k
	default:
		return k
	}
}

// reads returns the kind as which cells of a source without a type are read. Null means
// that they are not read. Int stands for any number or boolean. Mixed means that they may
// be dates and timestamps with or without a zone.
func (h *held) reads() row.Kind {
	k, ok := h.meeting()
	switch {
	case k != row.Any:
		return k
	case ok, only(h.kinds, row.Bool, row.Int, row.Uint, row.Float, row.Decimal):
		return row.Int // numbers and booleans
	case only(h.kinds, row.Date, row.Timestamp, row.TimestampTZ):
		return mixed
	}
	return row.Null
}

// mixed is the kind for a column that holds dates, instants and timestamps without a zone.
const mixed = row.Any

func only(all []seen, kinds ...row.Kind) bool {
	return !slices.ContainsFunc(all, func(s seen) bool { return !slices.Contains(kinds, s.kind) })
}

// free reports whether no source has a type for the column, so that its values are
// compared as they are.
func (h *held) free() bool { return len(h.kinds) == 0 }

// kinds is a set of kinds of cells.
type kinds uint16

func setOf(all ...row.Kind) (set kinds) {
	for _, k := range all {
		set |= 1 << k
	}
	return set
}

func (s kinds) has(k row.Kind) bool { return s&(1<<k) != 0 }

// passing returns the kinds of cells that need no conversion for a type.
func passing(k row.Kind) kinds {
	switch k {
	case row.Bool, row.Int, row.Uint, row.Float, row.Decimal:
		return setOf(row.Null, row.Bool, row.Int, row.Uint, row.Float, row.Decimal)
	case mixed:
		return setOf(row.Null, row.Date, row.Timestamp, row.TimestampTZ)
	}
	return setOf(row.Null, k)
}

// Passes reports whether a cell of a kind needs no conversion for the type to.
func Passes(to, kind row.Kind) bool { return passing(to).has(kind) }

// A Meeting is how the values of two columns are compared.
type Meeting struct {
	// Free means that neither column has a type, so that values are compared as they are.
	// Weak is then their declared kind, or Null.
	Free bool
	Weak row.Kind
	// Kind is the type in which the columns meet, and Warning is set if they meet only
	// loosely. Compatible is false if they do not meet.
	Kind       row.Kind
	Warning    string
	Compatible bool
	// Reads is the kind as which cells of the column without a type are read: see [Read].
	Reads row.Kind
}

// Meet returns how the values of two columns are compared.
func Meet(a, b row.Column) Meeting {
	var both held
	both.saw(0, a)
	both.saw(1, b)
	m := Meeting{Free: both.free() && both.untyped, Weak: both.weak, Reads: both.reads()}
	m.Kind, m.Warning, m.Compatible = meet(KindOf(a), KindOf(b))
	return m
}
