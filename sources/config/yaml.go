// The subset of YAML that the config needs: mappings, lists and scalars with their
// places. Values are kept as they are written, so that a default of 1.50 stays 1.50.

package config

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A document is a parsed file and the errors found in it.
type document struct {
	problems
	kinds    kinds               // the dialects that sources can have
	dir      string              // where relative paths begin
	getenv   func(string) string // for references in values
	anchors  map[string]ast.Node
	merging  []ast.Node // mappings whose << is being followed, the outermost first
	merged   int        // how many mappings and keys << stood for
	overfull bool       // the error that these are too many has been reported
	read     func(path string) ([]byte, fs.FileInfo, error)
	modes    map[string]fs.FileInfo // the modes of the files that were read
	gaps     []entry                // timestamps_gap of sources that have no zone of their own, with the sources' names as keys
	wanted   []string               // the top-level keys that are read; nil is all
	plain    []plainSource          // the sources that are not parsed; none if wanted is nil
}

func newDocument(path string, getenv func(string) string) *document {
	return &document{problems: problems{path: path}, dir: filepath.Dir(path), getenv: getenv}
}

// An entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    Pos
	value ast.Node // nil for null
	// torn says that the key may be a part of the previous value: in { }, a comma ends a
	// value without quotes.
	torn bool
}

// errTorn is the error for such a key. It does not repeat the key.
const errTorn = "not shown, since it may be a piece of a password: a comma in { } and [ ] ends a value that is not in quotes: put the URL in quotes"

// tearable reports whether a value is text without quotes that a comma may have cut.
func tearable(n ast.Node) bool {
	if n == nil {
		return false
	}
	t := n.GetToken()
	return t.Type == token.StringType && strings.ContainsAny(t.Value, ":=@/$")
}

// parse parses a file's text and returns its root, or nil if it is empty.
func (d *document) parse(text []byte) (root ast.Node) {
	// The library counts the lines of a comment that ends in CRLF twice. In YAML, all ends of
	// lines mean the same.
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	if i := invalidUTF8(text); i >= 0 {
		before := text[:i]
		line := bytes.Count(before, []byte("\n"))
		column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
		d.add(d.at(line+1, column+1), "not UTF-8 text: save the file in UTF-8")
		return nil
	}
	tokens := lexer.Tokenize(string(text))
	if at := tooDeep(tokens); at != nil {
		d.add(d.at(at.Line, at.Column), "nested more than %d deep: no config is", deepest)
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.addSyntax(err)
		return nil
	}
	var docs []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			docs = append(docs, doc.Body)
		}
	}
	if len(docs) == 0 {
		return nil
	}
	if len(docs) > 1 {
		d.add(d.pos(docs[1]), "a second YAML document: a config file has one")
	}
	d.anchors = map[string]ast.Node{}
	ast.Walk(d, docs[0])
	if len(d.list) > 0 {
		return nil
	}
	return d.follow(docs[0])
}

// deepest is the greatest depth of mappings and lists. The parser takes memory and
// stack for each level: 600 KB of braces took 8 GB.
const deepest = 100

// tooDeep finds where brackets, or marks that begin a nested value on one line, are nested more
// deeply; it returns nil if they are not. A level that is indented needs more text than the one
// around it, so the size of the file bounds the number of such levels.
func tooDeep(tokens token.Tokens) (at *token.Position) {
	open, line, chain := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, chain = t.Position.Line, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			open++
		case token.MappingEndType, token.SequenceEndType:
			open = max(open-1, 0)
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			chain++
		}
		if open > deepest || chain > deepest {
			return t.Position
		}
	}
	return nil
}

// addSyntax records the parser's error. It uses only the beginning: the rest repeats the
// file, and possibly a password.
func (d *document) addSyntax(err error) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		d.add(d.at(1, 1), "not YAML")
		return
	}
	text, _, _ := strings.Cut(syntax.GetMessage(), `"`) // after the quote it repeats the file
	text = strings.TrimRight(strings.ReplaceAll(text, "\t", `\t`), ": ")
	at := syntax.GetToken().Position
	d.add(d.at(at.Line, at.Column), "not YAML: %s", text)
}

// Visit records the anchors of the tree, and reports aliases without one.
func (d *document) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
	case *ast.AliasNode:
		if d.anchors[n.Value.GetToken().Value] == nil {
			d.add(d.pos(n), "an alias for nothing: no anchor before it has the name")
		}
	}
	return d
}

// follow returns the node that anchors and aliases stand for; nil for null.
func (d *document) follow(n ast.Node) ast.Node {
	for range 16 { // an alias may refer to itself
		switch node := n.(type) {
		case *ast.AnchorNode:
			n = node.Value
		case *ast.AliasNode:
			n = d.anchors[node.Value.GetToken().Value]
		case *ast.NullNode:
			return nil
		default:
			return n
		}
	}
	d.add(d.pos(n), "an alias for itself")
	return nil
}

// half reports whether a text is the beginning of a URL or a connection string whose
// password continues after a comma.
func half(text string) bool {
	return strings.Contains(text, "://") && !strings.Contains(text, "@") || secretForm().MatchString(text)
}

// entries returns the entries of a mapping, and then those that its << stands for. It
// records an error if the node is not a mapping, and for duplicate keys, of which it
// returns the first.
func (d *document) entries(n ast.Node, what string) []entry {
	if n == nil {
		return nil
	}
	mapping, ok := n.(ast.MapNode)
	if !ok {
		d.add(d.pos(n), "%s: not a mapping of names to values: write each as NAME: VALUE", what)
		return nil
	}
	var list []entry
	first := map[string]int{}
	flow, torn := false, false
	if m, ok := n.(*ast.MappingNode); ok {
		flow = m.IsFlowStyle
	}
	var merge []ast.Node
	for i := mapping.MapRange(); i.Next(); {
		key := i.Key().GetToken()
		if i.Key().IsMergeKey() && first[key.Value] == 0 {
			first[key.Value] = key.Position.Line
			merge = append(merge, i.Value())
			continue
		}
		e := entry{key: key.Value, at: d.at(key.Position.Line, key.Position.Column), torn: torn}
		torn = torn || flow && tearable(i.Value())
		if line := first[e.key]; line > 0 {
			if e.torn {
				d.add(e.at, "%s: %s", what, errTorn)
				continue
			}
			d.add(e.at, "%s: %s is given twice, first on line %d", what, shownKey(what, e.key), line)
			continue
		}
		first[e.key] = e.at.Line
		e.value = d.follow(i.Value())
		list = append(list, e)
	}
	for _, from := range merge {
		list = d.merge(list, n, from, what)
	}
	return list
}

// scalar returns the text of a single value. For anything else, ok is false and the
// reason is recorded.
func (d *document) scalar(e entry, what string) (text string, ok bool) {
	switch n := e.value.(type) {
	case nil:
		d.add(e.at, "%s: it has no value: write one, or leave the key out", what)
		return "", false
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	d.add(d.pos(e.value), "%s: not a single value: write one text or number, in quotes if need be", what)
	return "", false
}

// scalars returns the texts of a list, or of a single value in its place, with their
// places.
func (d *document) scalars(e entry, what string) (texts []string, places []Pos) {
	items := []ast.Node{e.value}
	if list, ok := e.value.(*ast.SequenceNode); ok {
		items = list.Values
		for i := 1; list.IsFlowStyle && i < len(items); i++ {
			if tearable(items[i-1]) && half(items[i-1].GetToken().Value) {
				d.add(d.pos(items[i]), "%s: %s", what, errTorn)
				return nil, nil
			}
		}
	}
	for _, n := range items {
		if n != nil {
			e.at = d.pos(n)
		}
		if text, at, ok := d.unspaced(n); ok {
			texts, places = append(texts, text), append(places, at)
			continue
		}
		if text, ok := d.scalar(entry{key: e.key, at: e.at, value: d.follow(n)}, what); ok {
			texts, places = append(texts, text), append(places, e.at)
		}
	}
	return texts, places
}

// unspaced returns the text of an item such as tag:prod. The library reads [tag:prod] as a
// mapping, although YAML requires a blank after the colon of a mapping.
func (d *document) unspaced(n ast.Node) (text string, at Pos, ok bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok || m.IsFlowStyle || len(m.Values) != 1 {
		return "", at, false
	}
	key, value := m.Values[0].Key.GetToken(), m.Values[0].Value.GetToken()
	at = d.at(key.Position.Line, key.Position.Column)
	adjacent := value.Position.Line == at.Line && value.Position.Column == at.Col+utf8.RuneCountInString(key.Value)+1
	return key.Value + ":" + value.Value, at, adjacent
}

// place returns the place of the value, or of the key if it has no value.
func (e entry) place() Pos {
	if e.value == nil {
		return e.at
	}
	at := begin(e.value)
	return Pos{at.Line, at.Column, e.at.File}
}

// at returns a place in the file.
func (d *document) at(line, col int) Pos { return Pos{line, col, d.path} }

// pos returns where a node begins.
func (d *document) pos(n ast.Node) Pos {
	at := begin(n)
	return d.at(at.Line, at.Column)
}

// begin returns where a node begins. The token of a block mapping is its first colon, so
// its first key is used instead.
func begin(n ast.Node) *token.Position {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	return n.GetToken().Position
}

func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}
