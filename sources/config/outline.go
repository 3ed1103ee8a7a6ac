// Sources for completion: reads their names and tags from plain lines, without the YAML
// parser.

package config

import (
	"bytes"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A plainSource is a source whose lines have one of these forms, which YAML and [Load] read
// in the same way:
//
//	eu: postgres://reader@eu.db/shop
//	us: {url: 'mysql://reader@us.db/shop', tags: [prod, eu], timeout: 10s}
//	jp:
//	  <<: *asia
//	  url: postgres://reader@jp.db/shop
//	  tags:
//	    - prod
type plainSource struct {
	name  string
	at    Pos
	urls  []string
	tags  []string
	merge string // the anchor after <<; empty if there is none, or if the source has its own tags
}

// part returns the text of a file for the parser: the whole text, or only those lines of
// the wanted sections that outline cannot read. Other lines are empty, so that places stay
// the same.
func (d *document) part(text []byte) []byte {
	if d.wanted == nil {
		return text
	}
	text = sections(text, d.wanted)
	lines := bytes.SplitAfter(text, []byte("\n"))
	plain, ok := d.outline(lines)
	if !ok {
		return text
	}
	d.plain = plain
	return bytes.Join(lines, nil)
}

// parsePart parses the wanted part of a text. If the text without plain sources is invalid
// YAML although the whole text is valid, it parses the whole text.
func (d *document) parsePart(text []byte) ast.Node {
	root := d.parse(d.part(text))
	if len(d.plain) == 0 || len(d.list) == 0 {
		return root
	}
	whole := newDocument(d.path, d.getenv)
	all := whole.parse(text)
	if len(whole.list) > 0 {
		return root // an error elsewhere: the plain sources are known anyway
	}
	d.plain, d.list, d.anchors = nil, nil, whole.anchors
	return all
}

// outline reads the plain sources below the key sources, and empties their lines. ok is
// false, and nothing has changed, if a line there affects all sources.
func (d *document) outline(lines [][]byte) (plain []plainSource, ok bool) {
	at := slices.IndexFunc(lines, func(line []byte) bool {
		rest, found := bytes.CutPrefix(line, []byte("sources:"))
		return found && endOfValue(string(bytes.TrimRight(rest, "\r\n")))
	})
	if at < 0 {
		return nil, true
	}
	indent := 0
	var groups [][2]int // the first line of each entry, and the one after its last
	for i := at + 1; i < len(lines); i++ {
		text := bytes.TrimLeft(lines[i], " ")
		deep := len(lines[i]) - len(text)
		if text = bytes.TrimRight(text, "\r\n"); len(text) == 0 || text[0] == '#' {
			continue
		}
		if deep == 0 {
			if !isLetterOrDigit(text[0]) {
				return nil, false // such as a list, or a second document
			}
			break
		}
		switch {
		case indent == 0:
			indent = deep
			fallthrough
		case deep == indent:
			if bytes.HasPrefix(text, []byte("<<")) {
				return nil, false // a source here may precede one of the same name there
			}
			groups = append(groups, [2]int{i, i + 1})
		case deep < indent:
			return nil, false
		default:
			groups[len(groups)-1][1] = i + 1
		}
	}
	plain = make([]plainSource, 0, len(groups))
	for _, g := range groups {
		if s, ok := d.plainSource(lines[g[0]:g[1]]); ok {
			s.at = d.at(g[0]+1, indent+1)
			plain = append(plain, s)
			for i := g[0]; i < g[1]; i++ {
				lines[i] = lines[i][len(bytes.TrimRight(lines[i], "\r\n")):]
			}
		}
	}
	return plain, true
}

// plainSources returns the sources that outline has read, with Name, Tags and Pos only.
func (d *document) plainSources() (list []Source) {
	if len(d.plain) == 0 {
		return nil
	}
	list = make([]Source, 0, len(d.plain))
	merged := map[string][]string{"": nil}
	for _, p := range d.plain {
		if _, known := merged[p.merge]; !known {
			merged[p.merge] = d.tagsOf(p.merge)
		}
		list = append(list, Source{Name: p.name, Tags: slices.Concat(p.tags, merged[p.merge]), Pos: p.at})
	}
	return list
}

// tagsOf returns the tags of the mapping of an anchor.
func (d *document) tagsOf(anchor string) []string {
	node := d.anchors[anchor]
	if node == nil {
		return nil
	}
	for _, e := range d.entries(d.follow(node), "<<") {
		if e.key == "tags" {
			return d.tags(e, "<<")
		}
	}
	return nil
}

// joined returns the plain sources of a file and its others in the order of their places.
func joined(plain, parsed []Source) []Source {
	if len(plain) == 0 {
		return parsed
	}
	all := append(plain, parsed...)
	slices.SortStableFunc(all, func(a, b Source) int { return a.Pos.Line - b.Pos.Line })
	return all
}

// plainSource reads the lines of one entry. ok is false if they have another form, or if
// the source may be a pattern of files, each of which has its own name.
func (d *document) plainSource(lines [][]byte) (s plainSource, ok bool) {
	var texts []string // without comments and blank lines
	for _, line := range lines {
		text := string(bytes.TrimRight(line, "\r\n"))
		if word := strings.TrimLeft(text, " "); word != "" && word[0] != '#' {
			texts = append(texts, text)
		}
	}
	name, rest, ok := plainKey(strings.TrimLeft(texts[0], " "))
	if !ok || !isName(name) {
		return s, false
	}
	switch s.name = name; {
	case endOfValue(" " + rest):
		ok = s.block(texts[1:])
	case len(texts) > 1:
		return s, false
	case rest[0] == '{':
		ok = s.flow(rest[1:])
	default:
		var url string
		url, rest, ok = plainScalar(rest, false)
		s.urls, ok = []string{url}, ok && endOfValue(rest)
	}
	if s.tags != nil {
		s.merge = ""
	}
	s.tags = slices.DeleteFunc(s.tags, func(tag string) bool { return !isName(tag) })
	return s, ok && len(s.urls) > 0 && !slices.ContainsFunc(s.urls, d.mayBeFiles)
}

// mayBeFiles reports whether a URL may be a pattern of files.
func (d *document) mayBeFiles(url string) bool {
	scheme, _, ok := strings.Cut(url, "://")
	if ok {
		kind := d.kinds.withScheme(strings.ToLower(scheme))
		ok = kind != nil && !kind.File
	}
	return !ok && strings.ContainsAny(url, special)
}

// set records a setting that completion needs.
func (s *plainSource) set(key string, values []string) {
	switch key {
	case "url", "urls":
		s.urls = append(s.urls, values...)
	case "tags":
		s.tags = values
	case "<<":
		s.merge = values[0]
	}
}

// flow reads the settings in { }, after the brace.
func (s *plainSource) flow(text string) bool {
	var keys []string
	for {
		key, rest, ok := plainKey(strings.TrimLeft(text, " "))
		if !ok || slices.Contains(keys, key) {
			return false
		}
		keys = append(keys, key)
		var values []string
		if values, rest, ok = plainValues(key, rest, true); !ok {
			return false
		}
		s.set(key, values)
		rest = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(rest, "}") {
			return endOfValue(rest[1:])
		}
		if text, ok = strings.CutPrefix(rest, ","); !ok {
			return false
		}
	}
}

// block reads the settings on lines of their own, with lists as lines that begin with -.
func (s *plainSource) block(lines []string) bool {
	var keys []string
	indent, items := -1, -1
	list := "" // the key whose list is read
	var values []string
	for _, line := range append(lines, "") {
		text := strings.TrimLeft(line, " ")
		deep := len(line) - len(text)
		if indent < 0 {
			indent = deep
		}
		if item, ok := strings.CutPrefix(text, "- "); ok && list != "" && deep >= indent && (items < 0 || items == deep) {
			value, rest, ok := plainScalar(strings.TrimLeft(item, " "), false)
			if !ok || !endOfValue(rest) {
				return false
			}
			items, values = deep, append(values, value)
			continue
		}
		if list != "" {
			if len(values) == 0 {
				return false
			}
			s.set(list, values)
			list, items, values = "", -1, nil
		}
		if line == "" {
			break
		}
		key, rest, ok := plainKey(text)
		if !ok || deep != indent || slices.Contains(keys, key) {
			return false
		}
		if keys = append(keys, key); endOfValue(" " + rest) {
			list = key
			continue
		}
		values, rest, ok := plainValues(key, rest, false)
		if !ok || !endOfValue(rest) {
			return false
		}
		s.set(key, values)
	}
	return len(keys) > 0
}
