// Changes the sources of the config in its file. All other bytes of the file stay
// unchanged.

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

// An Editor changes the sources of a config. The config may have errors, as long as its
// files are YAML. Nothing is written: [Editor.Revisions] returns the new texts.
type Editor struct {
	loading loading
	config  *Config
	wrong   error // the error of the config before the changes
	files   []*editedFile
}

// A Revision is the text of one file of the config, before and after.
type Revision struct {
	Path     string
	Old, New []byte
}

// An editedFile is a file of the config, with its changes.
type editedFile struct {
	path     string
	old      []byte
	text     fileText
	document *document
	root     ast.Node
	edits    []edit
	// renamed are the keys and values that get another text, and dropped the keys that are
	// removed, by their places. added is a new source.
	renamed map[Pos]string
	dropped map[Pos]bool
	added   *field
}

// Edit reads the config at a path for changes. Named says that the user has named the file:
// see [Load] and [LoadFound].
func Edit(path string, known driver.Dialects, getenv func(string) string, named bool) (*Editor, error) {
	e := &Editor{loading: loading{path: path, known: known, getenv: getenv, named: named, read: read}}
	if e.config, e.wrong = e.loading.load(); e.config == nil {
		return nil, e.wrong
	}
	for _, path := range e.config.Files {
		text, _, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("config file %s: %w", path, unwrapped(err))
		}
		f := newEditedFile(path, text, getenv)
		if len(f.document.list) > 0 {
			return nil, f.document.err()
		}
		e.files = append(e.files, f)
	}
	return e, nil
}

func newEditedFile(path string, text []byte, getenv func(string) string) *editedFile {
	f := &editedFile{path: path, old: text, text: newFileText(text), renamed: map[Pos]string{}, dropped: map[Pos]bool{}}
	f.document = newDocument(path, getenv)
	f.root = f.document.parse(text)
	return f
}

// Config returns the config before the changes.
func (e *Editor) Config() *Config { return e.config }

// errByHand is the end of the error for a change that cannot be made in the text.
var errByHand = errors.New("change it by hand")

// Add adds a source after those of the config, with a URL or a path relative to the
// config's folder.
func (e *Editor) Add(name, url string, tags []string) error {
	if !isName(name) {
		return fmt.Errorf("source %s: a name has letters, digits, _ - . and /, and begins with a letter, a digit or _", shown(name))
	}
	if f, at := e.find(name); f != nil {
		return fmt.Errorf("source %s is in the config already: %s", name, at.at)
	}
	for _, tag := range tags {
		if !isName(tag) {
			return fmt.Errorf("tag %s: a tag has letters, digits, _ - . and /", shown(tag))
		}
	}
	s := Source{Name: name, dir: e.config.dir()}
	if _, err := s.at(url, kinds(e.config.Dialects)); err != nil {
		return fmt.Errorf("source %s: %w", name, err)
	}
	if strings.ContainsFunc(url, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("source %s: a control character cannot be in it", name)
	}
	f := e.files[0]
	value := any(url)
	if len(tags) > 0 {
		list := make([]any, len(tags))
		for i, tag := range tags {
			list[i] = tag
		}
		value = []field{{"url", url}, {"tags", list}}
	}
	f.added = &field{name, value}
	err := f.insert(name, sourceText(url, tags))
	if err == nil {
		err = errors.Join(e.verify(), e.consequences())
	}
	if err != nil {
		return fmt.Errorf("source %s cannot be written into %s: %w: %w", name, f.path, err, errByHand)
	}
	return nil
}

// Remove removes a source. If something refers to the source, it is not removed, and the
// error is a [*Referenced] with the places. With force it is removed, and the warnings have
// the places.
func (e *Editor) Remove(name string, force bool) (warnings []string, err error) {
	f, key, err := e.wanted(name)
	if err != nil {
		return nil, err
	}
	if refs := e.mentions(name); len(refs) > 0 && !force {
		return nil, &Referenced{Name: name, At: refs}
	}
	f.dropped[key.at] = true
	if err = f.remove(key.at); err == nil {
		err = e.verify()
	}
	if err == nil && !force {
		err = e.consequences()
	}
	if err != nil {
		return nil, fmt.Errorf("source %s cannot be removed from %s: %w: %w", name, f.path, err, errByHand)
	}
	for _, m := range e.after().mentions(name) {
		warnings = append(warnings, fmt.Sprintf("%s: %s still names it", m.Pos, m.What))
	}
	return warnings, nil
}

// after returns an editor of the texts with the changes.
func (e *Editor) after() *Editor {
	next := &Editor{loading: e.loading, config: e.config}
	for _, f := range e.files {
		next.files = append(next.files, newEditedFile(f.path, f.revised(), e.loading.getenv))
	}
	return next
}

// Rename gives a source another name, and changes everything that refers to it. The
// warnings name unchanged texts that may have meant it.
func (e *Editor) Rename(old, name string) (warnings []string, err error) {
	f, key, err := e.wanted(old)
	if err != nil {
		return nil, err
	}
	if !isName(name) {
		return nil, fmt.Errorf("source %s: a name has letters, digits, _ - . and /, and begins with a letter, a digit or _", shown(name))
	}
	if other, at := e.find(name); other != nil {
		return nil, fmt.Errorf("source %s is in the config already: %s", name, at.at)
	}
	err = f.replace(key.at, old, name)
	for _, m := range e.mentions(old) {
		if err == nil {
			err = e.file(m.Pos.File).replace(m.Pos, m.text, m.renamed(old, name))
		}
	}
	if err == nil {
		err = errors.Join(e.verify(), e.consequences())
	}
	if err != nil {
		return nil, fmt.Errorf("source %s cannot be renamed in %s: %w: %w", old, f.path, err, errByHand)
	}
	return e.remaining(old, name), nil
}

// Revisions returns the files that change.
func (e *Editor) Revisions() (all []Revision) {
	for _, f := range e.files {
		if len(f.edits) > 0 {
			all = append(all, Revision{f.path, f.old, f.revised()})
		}
	}
	return all
}

// wanted finds a source. It is an error if the source does not exist.
func (e *Editor) wanted(name string) (*editedFile, entry, error) {
	if f, key := e.find(name); f != nil {
		return f, key, nil
	}
	for _, s := range e.config.Sources {
		if s.Name == name && s.Group != "" {
			return nil, entry{}, fmt.Errorf("source %s is one that the pattern %s finds: exclude: there leaves it out", name, s.Group)
		}
	}
	var known []string
	for _, f := range e.files {
		for _, key := range f.sources() {
			known = append(known, key.key)
		}
	}
	if len(known) == 0 {
		return nil, entry{}, fmt.Errorf("unknown source %s: %s has none", shown(name), e.config.Path)
	}
	return nil, entry{}, fmt.Errorf("unknown source %s: %s", shown(name), didYouMean(name, known))
}

// find finds the file and the key of a source.
func (e *Editor) find(name string) (*editedFile, entry) {
	for _, f := range e.files {
		for _, key := range f.sources() {
			if key.key == name {
				return f, key
			}
		}
	}
	return nil, entry{}
}

func (e *Editor) file(path string) *editedFile {
	return e.files[slices.IndexFunc(e.files, func(f *editedFile) bool { return f.path == path })]
}

// sources returns the keys below sources of the file.
func (f *editedFile) sources() []entry {
	all, _ := f.below("sources")
	return all
}

// below returns the entries below a key of the root, and the key's own entry.
func (f *editedFile) below(key string) (all []entry, own entry) {
	for _, e := range f.document.entries(f.root, "") {
		if e.key == key {
			return f.document.entries(e.value, ""), e
		}
	}
	return nil, entry{}
}

// verify returns an error if an edit would have other effects than intended: the new text
// of each file must have the old content with the changes.
func (e *Editor) verify() error {
	for _, f := range e.files {
		if len(f.edits) == 0 {
			continue
		}
		want, err := f.document.tree(f.root, f)
		if err != nil {
			return err
		}
		after := newDocument(f.path, e.loading.getenv)
		root := after.parse(f.revised())
		if len(after.list) > 0 {
			return after.list[0].unplaced()
		}
		got, err := after.tree(root, nil)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(want, got) {
			return errors.New("that would change something else as well")
		}
	}
	return nil
}

// consequences returns an error that the config would have after the changes and does not
// have now.
func (e *Editor) consequences() error {
	now := e.loading
	now.read = func(path string) ([]byte, fs.FileInfo, error) {
		text, info, err := read(path)
		if i := slices.IndexFunc(e.files, func(f *editedFile) bool { return f.path == path }); i >= 0 {
			text = e.files[i].revised()
		}
		return text, info, err
	}
	_, err := now.load()
	before := map[string]bool{}
	for _, err := range Each(e.wrong) {
		before[textOf(err)] = true
	}
	for _, err := range Each(err) {
		if !before[textOf(err)] {
			return fmt.Errorf("the config would be wrong: %w", err)
		}
	}
	return nil
}

// textOf returns the text of an error without its place.
func textOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Text
	}
	return err.Error()
}

// unplaced returns the error without its place, for a text that is not in a file.
func (e *Error) unplaced() error { return errors.New(e.Text) }

// A Referenced error lists what refers to a source that should be removed.
type Referenced struct {
	Name string
	At   []Mention
}

func (e *Referenced) Error() string { return e.Spell(nil) }

// Spell is Error with the options' names from the spelling.
func (e *Referenced) Spell(s option.Spelling) string {
	var all []string
	for _, m := range e.At {
		all = append(all, fmt.Sprintf("%s: %s", m.Pos, m.What))
	}
	more := ""
	if len(all) > 3 {
		more = fmt.Sprintf(" and %d more", len(all)-3)
		all = all[:3]
	}
	return fmt.Sprintf("source %s is still named: %s%s: change that first, or give %s", e.Name, strings.Join(all, ", "), more, s.Name("force"))
}

// sourceText returns a function that returns the value of a new source.
func sourceText(url string, tags []string) (text func(flow bool) string) {
	return func(flow bool) string {
		if len(tags) == 0 {
			return quoted(url, flow)
		}
		return "{url: " + quoted(url, true) + ", tags: [" + strings.Join(tags, ", ") + "]}"
	}
}

// quoted returns a text as YAML, without quotes if that is safe.
func quoted(text string, flow bool) string {
	safe := plainForm()
	if flow {
		safe = plainFlowForm()
	}
	if safe.MatchString(text) {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// revised returns the text with the edits.
func (f *editedFile) revised() []byte {
	edits := slices.Clone(f.edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	var b bytes.Buffer
	at := 0
	for _, e := range edits {
		b.Write(f.old[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.Write(f.old[at:])
	return b.Bytes()
}
