// Links: which tables of a join must have rows of the same source.

package federate

import "slices"

// ofOneSource reports whether all tables are in the same single source.
func (j *joined) ofOneSource() bool {
	seen := map[int]bool{}
	for _, p := range j.parts {
		for _, m := range p.reference.relation.members {
			seen[m.source] = true
		}
	}
	return len(seen) <= 1
}

// isLinked reports whether every row of a joint consists of rows of one source. behind are
// further pairs of parts that must have the same source, from conditions after the join.
func (t *joint) isLinked(behind [][2]*part) bool {
	linked := slices.ContainsFunc(t.links, t.across)
	switch t.kind {
	case "":
		return true
	case "inner", "cross":
		return t.areLinked(behind)
	case "left", "semi", "anti":
		return linked && t.left.isLinked(behind) && t.right.isLinked(nil)
	case "right":
		return linked && t.right.isLinked(behind) && t.left.isLinked(nil)
	}
	return linked && t.left.isLinked(nil) && t.right.isLinked(nil)
}

// areLinked is isLinked for nested inner joins, whose order does not matter. Links must
// connect all of the joints that they join.
func (t *joint) areLinked(links [][2]*part) bool {
	var joints []*joint
	var flatten func(t *joint)
	flatten = func(t *joint) {
		if t.kind != "inner" && t.kind != "cross" {
			joints = append(joints, t)
			return
		}
		links = append(slices.Clip(links), t.links...)
		flatten(t.left)
		flatten(t.right)
	}
	flatten(t)
	of := func(p *part) int { return slices.IndexFunc(joints, func(t *joint) bool { return t.has(p) }) }
	var pairs [][2]int
	for _, l := range links {
		if a, b := of(l[0]), of(l[1]); a >= 0 && b >= 0 {
			pairs = append(pairs, [2]int{a, b})
		}
	}
	return connected(len(joints), pairs) && !slices.ContainsFunc(joints, func(t *joint) bool { return !t.isLinked(nil) })
}

// connected reports whether the pairs connect all of the numbers from 0 to n-1.
func connected(n int, pairs [][2]int) bool {
	group := make([]int, n)
	for i := range group {
		group[i] = i
	}
	for _, pair := range pairs {
		from, to := group[pair[0]], group[pair[1]]
		for i := range group {
			if group[i] == from {
				group[i] = to
			}
		}
	}
	return !slices.ContainsFunc(group, func(g int) bool { return g != group[0] })
}
