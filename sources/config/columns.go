// columns: what a source calls otherwise than others do, for itself or for all sources
// with a tag.

package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// columns reads a mapping of the names that a source has to those they get.
func (d *document) columns(e entry, what string) (list []Rename) {
	what += ": columns"
	if _, ok := e.value.(ast.MapNode); !ok {
		d.add(e.place(), "%s: write a mapping of the source's names to the common ones, such as {total: amount}", what)
		return nil
	}
	from := map[string]string{}
	for _, f := range d.entries(e.value, what) {
		to, ok := d.scalar(f, what+": "+shown(f.key))
		switch {
		case !ok:
		case f.key == "" || to == "":
			d.add(f.at, "%s: a column needs a name", what)
		case from[to] != "":
			d.add(f.at, "%s: %s and %s cannot both be called %s", what, shown(from[to]), shown(f.key), shown(to))
		default:
			from[to] = f.key
			list = append(list, Rename{From: f.key, To: to, At: fmt.Sprintf("%s:%d:%d", d.path, f.at.Line, f.at.Col)})
		}
	}
	return list
}

var tagKeys = []string{"columns"}

// tagged reads the settings of tags. A tag that no source has is an error, unless
// sources may be found that have it.
func (d *document) tagged(e entry, sources []Source) (list []Tag) {
	known := map[string]bool{}
	open := len(d.list) > 0 // of what could not be read nothing is known
	for _, s := range sources {
		for _, tag := range s.Tags {
			known[tag] = true
		}
		open = open || s.Discovery != nil && s.Discovery.List != nil
	}
	for _, f := range d.named(d.entries(e.value, "tags"), "tag") {
		what := "tag " + f.key
		if !known[f.key] && !open {
			hint := "there are no tags"
			if len(known) > 0 {
				hint = didYouMean(f.key, slices.Sorted(maps.Keys(known)))
			}
			d.add(f.at, "%s: no source has it: %s", what, hint)
		}
		t := Tag{Name: f.key}
		for _, g := range d.known(d.entries(f.value, what), what, tagKeys) {
			t.Columns = d.columns(g, what)
		}
		list = append(list, t)
	}
	return list
}

// renames returns the columns that a source renames: its own, and those of its tags, of
// which the first in the order of its tags counts.
func (c *Config) renames(s Source) []Rename {
	all := slices.Clone(s.Columns)
	for _, tag := range s.Tags {
		for _, t := range c.Tags {
			if t.Name != tag {
				continue
			}
			for _, r := range t.Columns {
				if !slices.ContainsFunc(all, func(other Rename) bool { return other.From == r.From || other.To == r.To }) {
					all = append(all, r)
				}
			}
		}
	}
	return all
}

// withSettings returns a source with the settings that the config has for it elsewhere.
func (c *Config) withSettings(s Source) Source {
	s.TimestampsIn = s.TimestampsIn.or(c.Defaults.TimestampsIn)
	s.Columns = c.renames(s)
	return s
}
