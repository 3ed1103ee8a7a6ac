// include: parts of the config in other files.

package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// includedKeys are the keys of a file that the config includes. Keys for the whole config
// must be in the config itself.
var includedKeys = []string{"version", "sources", "tables", "queries", "checks"}

// withoutExtensions leaves out the keys that begin with x-, which belong to the user: they
// hold values for anchors and <<.
func withoutExtensions(all []entry) []entry {
	return slices.DeleteFunc(all, func(e entry) bool { return strings.HasPrefix(e.key, "x-") && !e.torn })
}

// include reads the files of include into the config: in the order of their patterns, and
// for a pattern in the order of their paths, each once. Named says that the user has named
// the config. Otherwise the files must belong to the user, as the config must.
func (d *document) include(e entry, c *Config, named bool) {
	if e.key == "" {
		return
	}
	taken := takenNamesOf(c)
	patterns, at := d.scalars(e, "include")
	for i, pattern := range patterns {
		files, err := glob(d.dir, pattern, nil)
		switch {
		case pattern == "":
			d.add(at[i], "include: it names no file")
		case err != nil:
			d.add(at[i], "include: %v", err)
		case len(files) == 0 && isPattern(rooted(d.dir, pattern)):
			d.add(at[i], "include: no file matches %s", shown(pattern))
		case len(files) == 0:
			files = []string{rooted(d.dir, pattern)} // reading it returns the error
		}
		for _, file := range files {
			d.includeFile(file, at[i], c, named, taken)
		}
	}
}

// includeFile reads one file of include, which stands at a place of the config.
func (d *document) includeFile(file string, at Pos, c *Config, named bool, taken takenNames) {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		d.add(at, "include: %s: %v", file, unwrapped(err))
		return
	}
	for i, other := range c.Files {
		if was, err := filepath.EvalSymlinks(other); err == nil && was == real {
			if i == 0 {
				d.add(at, "include: %s is this file itself", file)
			}
			return
		}
	}
	if !named {
		if err := trusted(file); err != nil {
			d.add(at, "include: %s: %w: if you mean it, name the config by {config} %s", file, err, c.Path)
			return
		}
	}
	if info, err := os.Stat(real); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		d.add(at, "include: %s: it is not a regular file", file) // opening it could block for ever
		return
	}
	text, info, err := d.read(file)
	if err != nil {
		d.add(at, "include: %s: %v", file, unwrapped(err))
		return
	}
	c.Files = append(c.Files, file)
	c.Digest = hashed([]byte(c.Digest + hashed(text)))
	d.modes[file] = info
	in := newDocument(file, d.getenv)
	in.kinds, in.wanted = d.kinds, d.wanted
	in.included(text, c, taken)
	d.list, d.gaps = append(d.list, in.list...), append(d.gaps, in.gaps...)
}

// included reads the content of an included file into the config.
func (d *document) included(text []byte, c *Config, taken takenNames) {
	entries := d.entries(d.parsePart(text), "the file")
	own := func(list []Source) {
		c.Sources = append(c.Sources, slices.DeleteFunc(list, func(s Source) bool {
			twice := s.Group != "" && d.twice(taken, "source", s.Group, s.Pos)
			return twice || d.twice(taken, "source", s.Name, s.Pos)
		})...)
	}
	own(d.plainSources())
	if !d.understood(entries) {
		return
	}
	entries = slices.DeleteFunc(withoutExtensions(entries), func(e entry) bool {
		whole := slices.Contains(rootKeys, e.key) && !slices.Contains(includedKeys, e.key)
		switch {
		case !whole:
		case e.key == "include":
			d.add(e.at, "include: a file that %s includes cannot include others: name them there", c.Path)
		default:
			d.add(e.at, "%s: this file is included, and has %s: write it into %s", e.key, listed(includedKeys[1:], "and"), c.Path)
		}
		return whole
	})
	for _, e := range d.known(entries, "the file", includedKeys) {
		switch e.key {
		case "sources":
			list, unread := d.sources(e.value, d.dir)
			c.Unread = append(c.Unread, unread...)
			own(list)
		case "tables":
			c.Tables = append(c.Tables, slices.DeleteFunc(d.tables(e.value), func(t Table) bool { return d.twice(taken, "table", t.Name, t.Pos) })...)
		case "queries":
			c.Queries = append(c.Queries, slices.DeleteFunc(d.queries(e.value, d.dir), func(q Query) bool { return d.twice(taken, "query", q.Name, q.Pos) })...)
		case "checks":
			c.Checks = append(c.Checks, slices.DeleteFunc(d.checks(e.value, hashed(text)), func(k Check) bool { return d.twice(taken, "check", k.Name, k.Pos) })...)
		}
	}
}

// takenNames are the places of names, by kind and name.
type takenNames map[string]Pos

// takenNamesOf returns the places of the config's names.
func takenNamesOf(c *Config) takenNames {
	at := takenNames{}
	for _, s := range c.Sources {
		at.put("source", s.Name, s.Pos)
		if s.Group != "" {
			at.put("source", s.Group, s.Pos)
		}
	}
	for _, t := range c.Tables {
		at.put("table", t.Name, t.Pos)
	}
	for _, q := range c.Queries {
		at.put("query", q.Name, q.Pos)
	}
	for _, k := range c.Checks {
		at.put("check", k.Name, k.Pos)
	}
	return at
}

// put records a name. If the name exists already, it returns the other place and ok is
// true. The case of tables' names does not matter.
func (s takenNames) put(what, name string, at Pos) (other Pos, ok bool) {
	key := what + " " + name
	if what == "table" {
		key = strings.ToLower(key)
	}
	other, ok = s[key]
	if ok && other != at {
		return other, true
	}
	s[key] = at
	return Pos{}, false
}

// twice reports whether another file already has a name, and records the error. The sources
// of one pattern share a place, so they are no error.
func (d *document) twice(taken takenNames, what, name string, at Pos) bool {
	other, found := taken.put(what, name, at)
	if found && !slices.ContainsFunc(d.list, func(e *Error) bool { return e.Pos == at }) {
		d.add(at, "%s %s: another one has the name already: %s", what, name, other)
	}
	return found
}
