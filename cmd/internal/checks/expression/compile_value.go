// The fast path, continued: membership, calculations and choices.

package expression

import "github.com/fanql/fanql/sources/row"

// all compiles nodes. It returns nil if one of them cannot be compiled.
func (c compiler) all(nodes []*node) []reader {
	list := make([]reader, len(nodes))
	for i, n := range nodes {
		if list[i] = c.value(n); list[i] == nil {
			return nil
		}
	}
	return list
}

// list compiles a test whether a value is among literals.
func (c compiler) list(n *node) judge {
	read := c.value(n.sides[0])
	if read == nil {
		return nil
	}
	var members []quick
	rest := False // the result if no literal is equal
	for _, side := range n.sides[1:] {
		if !side.constant {
			return nil
		}
		switch k := side.literally(); k.is {
		case undecided:
			return nil
		case absent:
			rest = Unknown
		default:
			members = append(members, k)
		}
	}
	return func(b *row.Batch, cells []row.Cell) Truth {
		v := read(b, cells)
		if v.is <= absent {
			return missing(v.is)
		}
		for i := range members {
			switch sign, ok := compareQuick(&v, &members[i]); {
			case !ok:
				return unsettled
			case sign == 0:
				return True
			}
		}
		return rest
	}
}

func (c compiler) inRange(n *node) judge {
	all := c.all(n.sides)
	if all == nil {
		return nil
	}
	return func(b *row.Batch, cells []row.Cell) Truth {
		v, least, most := all[0](b, cells), all[1](b, cells), all[2](b, cells)
		if v.is == absent || v.is == undecided || least.is == undecided || most.is == undecided {
			return missing(v.is, least.is, most.is)
		}
		within := True
		if least.is == absent || most.is == absent {
			within = Unknown
		}
		below, ok1 := compareQuick(&v, &least)
		above, ok2 := compareQuick(&v, &most)
		switch {
		case least.is > absent && !ok1 || most.is > absent && !ok2:
			return unsettled
		case least.is > absent && below < 0 || most.is > absent && above > 0:
			return False
		}
		return within
	}
}

// calculated compiles +, - and * of exact numbers.
func (c compiler) calculated(n *node) reader {
	left, right, ok := c.two(n)
	if !ok {
		return nil
	}
	operator := n.operator
	return func(b *row.Batch, cells []row.Cell) quick {
		x, y := left(b, cells), right(b, cells)
		switch {
		case x.is == undecided || y.is == undecided:
			return quick{}
		case x.is == absent || y.is == absent:
			return quick{is: absent}
		case !x.numeric() || !y.numeric():
			return quick{}
		case operator == "*":
			return x.times(&y)
		}
		return x.add(&y, operator == "-")
	}
}

// choice compiles cond ? a : b.
func (c compiler) choice(n *node) reader {
	cond, yes, no := c.condition(n.sides[0]), c.value(n.sides[1]), c.value(n.sides[2])
	if cond == nil || yes == nil || no == nil {
		return nil
	}
	return func(b *row.Batch, cells []row.Cell) quick {
		switch cond(b, cells) {
		case unsettled:
			return quick{}
		case True:
			return yes(b, cells)
		}
		return no(b, cells)
	}
}

// fallback compiles ?? and coalesce.
func (c compiler) fallback(n *node) reader {
	all := c.all(n.sides)
	if all == nil {
		return nil
	}
	return func(b *row.Batch, cells []row.Cell) (v quick) {
		for _, read := range all {
			if v = read(b, cells); v.is != absent {
				return v
			}
		}
		return v
	}
}
