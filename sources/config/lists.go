// sources_from: lists of sources that are kept elsewhere.

package config

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/fanql/fanql/sources/trust"
)

// listName is the name of a list that has no name of its own.
const listName = "sources_from"

var listKeys = append([]string{"command", "file", "query", "on", "name", "exclude"}, settingKeys...)

// lists reads sources_from: one or several lists of sources that are kept elsewhere.
func (d *document) lists(e entry, c *Config) (all []Source) {
	if e.key == "" {
		return nil
	}
	items := []ast.Node{e.value}
	if several, ok := e.value.(*ast.SequenceNode); ok {
		items = several.Values
	}
	taken := names{}
	for _, s := range c.Sources {
		taken[s.Name], taken[s.Group] = true, true
	}
	for n, item := range items {
		own := entry{key: e.key, at: e.at, value: d.follow(item)}
		if own.value != nil {
			own.at = d.pos(own.value)
		}
		s := Source{Name: listName, Pos: own.at, url: own.at, dir: d.dir, Discovery: &Discovery{List: &List{}}}
		if n > 0 {
			s.Name = fmt.Sprintf("%s-%d", listName, n+1)
		}
		if !d.oneList(own, &s, c) {
			continue
		}
		if taken[s.Name] {
			d.add(own.at, "%s: another source is called %s already", e.key, s.Name)
		}
		taken[s.Name] = true
		all = append(all, s)
	}
	return all
}

// oneList reads one list; it reports whether the list can be read later.
func (d *document) oneList(e entry, s *Source, c *Config) bool {
	own := settings{source: s, what: e.key, command: e, gap: e}
	l := s.Discovery.List
	before := len(d.list)
	var kinds []string
	on := e
	for _, f := range d.known(d.entries(e.value, e.key), e.key, listKeys) {
		switch f.key {
		case "command":
			l.Command, _ = d.scalars(f, e.key+": command")
			if len(l.Command) == 0 || l.Command[0] == "" {
				d.add(f.place(), "%s: command: it names no program: write [program, argument]", e.key)
			}
		case "file":
			if path, ok := d.setting(f, e.key+": file"); ok {
				l.File = rooted(d.dir, path)
			}
		case "query":
			l.Query, _ = d.sql(f, e.key+": query")
		case "on":
			l.On, _ = d.scalar(f, e.key+": on")
			on = f
		case "name":
			name, ok := d.scalar(f, e.key+": name")
			if ok && !isName(name) {
				d.add(f.place(), "%s: name %s: a name has letters, digits, _ - . and /, and begins with a letter, a digit or _", e.key, shown(name))
			}
			s.Name = name
		case "exclude":
			s.exclude, _ = d.scalars(f, e.key+": exclude")
		default:
			d.settingOf(&own, f)
		}
		if slices.Contains([]string{"command", "file", "query"}, f.key) {
			kinds, s.url, l.Pos = append(kinds, f.key), f.place(), f.place()
		}
	}
	d.checkSettings(&own)
	switch {
	case len(kinds) == 0:
		d.add(e.at, "%s: it does not say where the list comes from: give command, file, or query with on", e.key)
	case len(kinds) > 1:
		d.add(e.at, "%s: it has both %s", e.key, strings.Join(kinds, " and "))
	case l.Query != "" && l.On == "":
		d.add(e.at, "%s: query: on is missing: name the source that runs it", e.key)
	case l.Query == "" && l.On != "":
		d.add(on.at, "%s: on goes with query", e.key)
	case l.On != "":
		d.listSource(on, l.On, c)
	}
	return len(d.list) == before
}

// listSource finds the source that a list is queried from, which must be a single
// database.
func (d *document) listSource(on entry, name string, c *Config) {
	var known []string
	for _, s := range c.Sources {
		if s.Name == name && s.Discovery == nil && s.pattern == "" {
			return
		}
		if s.Discovery == nil {
			known = append(known, s.Name)
		}
	}
	if !slices.Contains(c.Unread, name) {
		d.add(on.place(), "%s: on: unknown source %s: %s", listName, shown(name), didYouMean(name, known))
	}
}

// Fetch runs the program of the source's list, or reads its file. Literal forbids
// references in it, because others could have written them.
func (s Source) Fetch(ctx context.Context) (list []Listed, literal bool, err error) {
	l := s.Discovery.List
	var text []byte
	if l.File == "" {
		text, err = s.program(ctx, l.Command)
	} else if text, _, err = read(l.File); err != nil {
		err = fmt.Errorf("%s: %w", l.File, unwrapped(err))
	} else if info, err := os.Stat(l.File); err == nil && info.Mode().IsRegular() {
		literal = trust.Owned(l.File, "it", "could have secrets sent to them") != nil
	}
	if err != nil {
		return nil, false, err
	}
	list, err = ParseList(text)
	return list, literal, err
}

// program returns the output of a program. When ctx ends, it is killed with all its
// children. It does not get the secrets that the config refers to.
func (s Source) program(ctx context.Context, command []string) ([]byte, error) {
	var stderr head
	stdout := capped{most: largest}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = s.dir, &stdout, &stderr, Environment(os.Environ(), s.withheld)
	cmd.WaitDelay = 100 * time.Millisecond // Wait does not wait for the program's children
	KillGroup(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("command %s: %w", command[0], context.Cause(ctx))
	case stdout.full:
		return nil, fmt.Errorf("command %s: it printed more than %d MiB: no list is as long", command[0], largest>>20)
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return stdout.kept.Bytes(), nil
	}
	if said := stderr.line(); said != "" {
		return nil, fmt.Errorf("command %s: %w: %s", command[0], unwrappedStart(err), strings.ToValidUTF8(strings.Map(printable, said), "?"))
	}
	return nil, fmt.Errorf("command %s: %w", command[0], unwrappedStart(err))
}

// unwrappedStart returns the reason why a program could not be started, without its
// path, or else the error.
func unwrappedStart(err error) error {
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		return err
	}
	return unwrapped(err)
}

// A capped buffer keeps a limited number of bytes, and records whether there were more.
type capped struct {
	most int
	kept bytes.Buffer
	full bool
}

func (c *capped) Write(p []byte) (int, error) {
	room := c.most - c.kept.Len()
	c.full = c.full || len(p) > room
	c.kept.Write(p[:min(room, len(p))])
	return len(p), nil
}

// ParseList reads names, URLs and tags from a JSON array of objects, from JSON objects
// one after the other, or from CSV whose first line has the column names. Tags are a
// JSON array, or words separated by commas or blanks. Other columns are ignored.
func ParseList(text []byte) ([]Listed, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	switch {
	case len(text) == 0:
		return nil, errors.New("the list is empty")
	case text[0] == '[' || text[0] == '{':
		return parseJSON(text)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.Comment, r.TrimLeadingSpace = -1, '#', true
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsRune(first, '\t') && !bytes.ContainsRune(first, ',') {
		r.Comma = '\t'
	}
	rows, err := r.ReadAll()
	if err != nil {
		return nil, errors.New("neither JSON nor CSV")
	}
	return ListOf(rows[0], rows[1:])
}

// ListOf converts rows of text with the given column names.
func ListOf(header []string, rows [][]string) (list []Listed, err error) {
	at := map[string]int{"tags": -1}
	for _, word := range []string{"name", "url", "tags"} {
		i := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), word) })
		if i < 0 && word != "tags" {
			return nil, fmt.Errorf("it has no column %s: a list has name, url and, if need be, tags", word)
		}
		at[word] = i
	}
	for _, row := range rows {
		cell := func(word string) string {
			if i := at[word]; i >= 0 && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		list = append(list, Listed{cell("name"), cell("url"), tagWords(cell("tags"))})
	}
	return list, nil
}

// tagWords splits tags, including an array as PostgreSQL and JSON write one.
func tagWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;{}[]\"\t", r) })
}

// parseJSON reads objects, in an array or one after the other.
func parseJSON(text []byte) (list []Listed, _ error) {
	type object struct {
		Name, URL string
		Tags      any
	}
	var all []object
	in := json.NewDecoder(bytes.NewReader(text))
	var err error
	if text[0] == '[' {
		err = in.Decode(&all)
	}
	for text[0] == '{' && err == nil {
		var o object
		if err = in.Decode(&o); err == nil {
			all = append(all, o)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON of objects with name, url and tags") // err repeats what may be a password
	}
	for _, o := range all {
		l := Listed{Name: o.Name, URL: o.URL}
		switch tags := o.Tags.(type) {
		case string:
			l.Tags = tagWords(tags)
		case []any:
			for _, tag := range tags {
				l.Tags = append(l.Tags, fmt.Sprint(tag))
			}
		}
		list = append(list, l)
	}
	return list, nil
}
