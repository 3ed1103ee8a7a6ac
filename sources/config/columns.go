// columns: new names for the columns of one source, or of all sources with a tag.

package config

import (
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// columns reads a mapping of a source's column names to their new names.
func (d *document) columns(e entry, what string) (list []Rename) {
	what += ": columns"
	if _, ok := e.value.(ast.MapNode); !ok {
		d.add(e.place(), "%s: write a mapping of the source's names to the common ones, such as {total: amount}", what)
		return nil
	}
	from := map[string]string{}
	for _, f := range d.entries(e.value, what) {
		to, ok := d.scalar(f, what+": "+shownName(f.key))
		switch {
		case !ok:
		case f.key == "" || to == "":
			d.add(f.at, "%s: a column needs a name", what)
		case from[to] != "":
			d.add(f.at, "%s: %s and %s cannot both be called %s", what, shownName(from[to]), shownName(f.key), shownName(to))
		default:
			from[to] = f.key
			list = append(list, Rename{From: f.key, To: to, At: f.at.String()})
		}
	}
	return list
}

var tagKeys = []string{"columns"}

// tagged reads the settings of tags. A tag that no source has is an error, unless a
// discovery may still find a source with it.
func (d *document) tagged(e entry, sources []Source) (list []Tag) {
	known := map[string]bool{}
	open := len(d.list) > 0 // some sources could not be read, so their tags are not known
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

// renames returns the column renames of a source: its own, and those of its tags. If
// several tags rename a column, the first in the order of the source's tags counts.
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
