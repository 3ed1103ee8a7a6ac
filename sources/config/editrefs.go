// References to a source by its name, and the content of a file as a tree, with which an
// edit is verified.

package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A Mention is a place in the config that refers to a source.
type Mention struct {
	Pos  Pos
	What string // what refers to it, such as query revenue: sources
	text string
	list bool // the text is a selector, or a list of them
}

// means reports whether a word is the name of the source, or of a source that its pattern
// finds.
func means(word, name string) bool { return word == name || strings.HasPrefix(word, name+"/") }

// words calls visit for each selector of the text, without its exclamation mark.
func (m Mention) words(visit func(word string) string) string {
	if !m.list {
		return visit(m.text)
	}
	parts := strings.Split(m.text, ",")
	for i, part := range parts {
		word := strings.TrimPrefix(part, "!")
		parts[i] = part[:len(part)-len(word)] + visit(word)
	}
	return strings.Join(parts, ",")
}

// refers reports whether the text has a word that means the source.
func (m Mention) refers(name string) (found bool) {
	m.words(func(word string) string { found = found || means(word, name); return word })
	return found
}

// renamed returns the text with another name of the source.
func (m Mention) renamed(old, name string) string {
	return m.words(func(word string) string {
		if means(word, old) {
			return name + word[len(old):]
		}
		return word
	})
}

// mentions returns the references to a source, each place once.
func (e *Editor) mentions(name string) (all []Mention) {
	for _, f := range e.files {
		for _, m := range f.mentions(e.config) {
			if m.refers(name) && !slices.ContainsFunc(all, func(other Mention) bool { return other.Pos == m.Pos }) {
				all = append(all, m)
			}
		}
	}
	return all
}

// mentions returns everything in the file that can refer to sources.
func (f *editedFile) mentions(c *Config) []Mention {
	r := &referring{document: f.document, config: c}
	for _, e := range f.document.entries(f.root, "") {
		switch e.key {
		case "queries", "checks", "tables":
			kind := map[string]string{"queries": "query ", "checks": "check ", "tables": "table "}[e.key]
			for _, q := range r.entries(e.value, "") {
				r.query(q, kind+q.key)
			}
		case "sources":
			for _, s := range r.entries(e.value, "") {
				r.of(s.value, "exclude", "source "+s.key, false)
			}
		case "sources_from":
			items := []ast.Node{e.value}
			if list, ok := e.value.(*ast.SequenceNode); ok {
				items = list.Values
			}
			for _, item := range items {
				r.of(r.follow(item), "on", "sources_from", false)
			}
		}
	}
	return r.all
}

// A referring collects mentions.
type referring struct {
	*document
	config *Config
	all    []Mention
}

// query collects mentions from a saved query, a part of one, a check or a table.
func (r *referring) query(q entry, what string) {
	if _, ok := q.value.(ast.MapNode); !ok {
		return
	}
	r.of(q.value, "sources", what, true)
	for _, e := range r.entries(q.value, "") {
		switch e.key {
		case "variants":
			for _, v := range r.entries(e.value, "") {
				if r.config.Dialects.Named(v.key) == nil {
					r.all = append(r.all, Mention{Pos: v.at, What: what + ": variants", text: v.key})
				}
			}
		case "queries":
			for _, q := range r.entries(e.value, "") {
				r.query(q, what+": query "+q.key)
			}
		case "agree", "schema":
			if _, fields := e.value.(ast.MapNode); fields {
				r.of(e.value, "baseline", what+": "+e.key, false)
			} else if e.key == "schema" {
				r.of(q.value, "schema", what, false)
			}
		}
	}
}

// of collects the values of one key of a mapping.
func (r *referring) of(n ast.Node, key, what string, list bool) {
	if _, ok := n.(ast.MapNode); !ok {
		return
	}
	for _, e := range r.entries(n, "") {
		if e.key != key || e.value == nil {
			continue
		}
		texts, at := r.scalars(e, "")
		for i, text := range texts {
			_, _, explicit := named(text)
			r.all = append(r.all, Mention{Pos: at[i], What: what + ": " + key, text: text, list: list && !explicit && !isURL(text)})
		}
	}
}

// remaining returns warnings about unchanged texts that may mean a source by its old name.
func (e *Editor) remaining(old, name string) (warnings []string) {
	for _, f := range e.files {
		for _, m := range f.mentions(e.config) {
			m.words(func(word string) string {
				if strings.ContainsAny(word, special) && matches(word, old) && !matches(word, name) {
					warnings = append(warnings, fmt.Sprintf("%s: %s: %s no longer means the source", m.Pos, m.What, shown(word)))
				}
				return word
			})
		}
		f.document.texts(f.root, func(text string, at Pos) {
			if strings.Contains(text, "'"+old+"'") {
				warnings = append(warnings, fmt.Sprintf("%s: this text has '%s', which stays", at, old))
			}
		})
	}
	return warnings
}

// texts calls visit with the texts of queries, tables and checks.
func (d *document) texts(root ast.Node, visit func(text string, at Pos)) {
	seen := map[ast.Node]bool{}
	var walk func(n ast.Node)
	walk = func(n ast.Node) {
		if n = d.follow(n); n == nil || seen[n] {
			return
		}
		seen[n] = true
		switch n := n.(type) {
		case ast.MapNode:
			for i := n.MapRange(); i.Next(); {
				walk(i.Value())
			}
		case *ast.SequenceNode:
			for _, item := range n.Values {
				walk(item)
			}
		case *ast.StringNode:
			visit(n.Value, d.pos(n))
		case *ast.LiteralNode:
			visit(n.Value.Value, d.pos(n))
		}
	}
	for _, e := range d.entries(root, "") {
		if slices.Contains([]string{"queries", "tables", "checks"}, e.key) {
			walk(e.value)
		}
	}
}

// A field is one key of a mapping in a tree, with its value.
type field struct {
	key   string
	value any // a text, []any, []field, or nil for null and for empty values
}

// mostValues bounds the number of values in a tree: aliases of aliases could stand for
// billions.
const mostValues = 1_000_000

// tree returns the content below a node, with the changes of f; nil means no changes.
func (d *document) tree(root ast.Node, f *editedFile) (tree any, err error) {
	if f == nil {
		f = &editedFile{}
	}
	t := &treeReader{document: d, f: f, left: mostValues}
	tree = t.read(root)
	if f.added != nil {
		tree = withSource(tree, *f.added)
	}
	if t.left < 0 {
		err = errors.New("its aliases stand for too much")
	}
	return tree, err
}

// withSource adds a source to the tree of a config.
func withSource(tree any, added field) any {
	root, _ := tree.([]field)
	root = slices.Clone(root)
	at := slices.IndexFunc(root, func(f field) bool { return f.key == "sources" })
	if at < 0 {
		return append(root, field{"sources", []field{added}})
	}
	sources, _ := root[at].value.([]field)
	root[at].value = append(slices.Clone(sources), added)
	return root
}

type treeReader struct {
	*document
	f    *editedFile
	left int
}

func (t *treeReader) read(n ast.Node) any {
	at := Pos{}
	if n != nil {
		at = t.pos(n)
	}
	if n = t.follow(n); n == nil {
		return nil
	}
	if t.left--; t.left < 0 {
		return nil
	}
	switch own := n.(type) {
	case ast.MapNode:
		var fields []field
		for _, e := range t.entries(n, "") {
			key := e.key
			if as, ok := t.f.renamed[e.at]; ok {
				key = as
			}
			if !t.f.dropped[e.at] {
				fields = append(fields, field{key, t.read(e.value)})
			}
		}
		if len(fields) == 0 {
			return nil
		}
		return fields
	case *ast.SequenceNode:
		var list []any
		for _, item := range own.Values {
			list = append(list, t.read(item))
		}
		return list
	}
	if as, ok := t.f.renamed[at]; ok {
		return as
	}
	text, _ := t.scalar(entry{value: n}, "")
	return text
}
