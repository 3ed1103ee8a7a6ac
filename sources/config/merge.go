// Merge keys: in <<: *defaults, the keys of another mapping stand for keys that a mapping
// does not have itself.

package config

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// mostMerged bounds the sum of the mappings and keys that the << of a file stand for: a few
// lines that merge each other twice could stand for billions.
const mostMerged = 100_000

// merge adds to the entries of a mapping those of the mappings that its << stands for,
// which are one or a list. The mapping's own keys take precedence, then those of the first
// mapping in the list. Entries keep their places.
func (d *document) merge(list []entry, into, from ast.Node, what string) []entry {
	if slices.Contains(d.merging, into) {
		d.add(d.pos(from), "%s: <<: a mapping cannot be merged into itself", what)
		return list
	}
	d.merging = append(d.merging, into)
	defer func() { d.merging = d.merging[:len(d.merging)-1] }()
	has := map[string]bool{}
	for _, e := range list {
		has[e.key] = true
	}
	items := []ast.Node{from}
	if several, ok := d.follow(from).(*ast.SequenceNode); ok {
		items = several.Values
	}
	for _, item := range items {
		mapping := d.follow(item)
		if _, ok := mapping.(ast.MapNode); !ok {
			d.add(d.pos(item), "%s: <<: it stands for the keys of other mappings: write <<: *NAME, or a list of such names", what)
			continue
		}
		var more []entry
		if d.merged++; d.merged <= mostMerged {
			more = d.entries(mapping, what)
		}
		for _, e := range more {
			if !has[e.key] {
				has[e.key] = true
				list = append(list, e)
				d.merged++
			}
		}
	}
	if d.merged > mostMerged && !d.overfull {
		d.overfull = true
		d.add(d.pos(from), "more than %d keys are merged by <<: no config has as many", mostMerged)
	}
	return list
}
