// The results of discoveries: names become sources with the settings of their entry,
// and replace it in the config.

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// A Listed is one line of a list.
type Listed struct {
	Name, URL string
	Tags      []string
}

// DiscoverySources returns the sources to read the list from, in the order of trial: the
// next one is tried if a database does not exist or refuses the connection. If there are
// two patterns, the pattern of databases comes first.
func (s Source) DiscoverySources() (all []Source) {
	by := s.Kind.Discovery
	own := s
	own.Discovery = nil
	if s.Discovery.Schemas != "" {
		own.URL = put(s.URL, schemaPlace, by.Schema)
	}
	if s.Discovery.Databases == "" {
		return []Source{own}
	}
	for _, database := range by.Databases.From {
		asked := own
		asked.URL = put(own.URL, databasePlace, database)
		all = append(all, asked)
	}
	return all
}

// Listing returns the statement for one of [Source.DiscoverySources]: its rows have one
// column, the names.
func (s Source) Listing() driver.Listing {
	if s.Discovery.Databases != "" {
		return s.Kind.Discovery.Databases
	}
	return s.Kind.Discovery.Schemas
}

// Match returns the sources for the listed names that match, sorted, without those that
// the entry excludes. If there is a pattern of schemas as well, each result is another
// discovery. It returns an error if nothing matches.
func (s Source) Match(listed []string) ([]Source, error) {
	pattern, what, at := s.Discovery.Schemas, "schema", schemaPlace
	var further *Discovery
	if s.Discovery.Databases != "" {
		pattern, what, at = s.Discovery.Databases, "database", databasePlace
		if s.Discovery.Schemas != "" {
			further = &Discovery{Schemas: s.Discovery.Schemas}
		}
	}
	listed = slices.DeleteFunc(slices.Clone(listed), func(name string) bool { return !matches(pattern, name) })
	slices.Sort(listed)
	taken := names{}
	var found []Source
	excluded := 0
	for _, name := range slices.Compact(listed) {
		own := s
		own.URL, own.Discovery, own.Found = put(s.URL, at, name), further, true
		word := taken.free(cmp.Or(clean(name), "_"))
		if s.leavesOut(name) || s.leavesOut(word) {
			excluded++
			continue
		}
		own.Group = cmp.Or(s.Group, s.Name)
		own.Name = below(s.Name, word)
		found = append(found, own)
	}
	switch {
	case len(found) > 0:
		return found, nil
	case excluded > 0:
		return nil, Nothing(fmt.Sprintf("every %s that matches %s is excluded", what, shown(pattern)))
	}
	return nil, Nothing(fmt.Sprintf("no %s matches %s, among those that this account may use", what, shown(pattern)))
}

// Nothing is the error of a discovery that ended well and found no source.
type Nothing string

func (n Nothing) Error() string { return string(n) }

// Listed makes sources of a list, with the settings of its entry. Literal forbids
// references in the list's URLs: its author could use them to send secrets to a server
// of their own.
func (c *Config) Listed(s Source, list []Listed, literal bool) (found []Source, err error) {
	for n, l := range list {
		own := s
		own.Name, own.Group, own.Discovery, own.Found = l.Name, s.Name, nil, true
		own.Tags = slices.Concat(s.Tags, l.Tags)
		wrong := func(format string, args ...any) error {
			return fmt.Errorf("line %d of the list: "+format, append([]any{n + 1}, args...)...)
		}
		if !isName(l.Name) {
			return nil, wrong("%s: a name has letters, digits, _ - . and /, and begins with a letter, a digit or _", shown(l.Name))
		}
		for _, tag := range l.Tags {
			if !isName(tag) {
				return nil, wrong("source %s: tag %s: a tag has letters, digits, _ - . and /", l.Name, shown(tag))
			}
		}
		if l.URL == "" {
			return nil, wrong("source %s: it has no url", l.Name)
		}
		if literal && strings.Contains(l.URL, "${") {
			return nil, wrong("source %s: the url holds a reference, ${env:}, ${file:} or ${keyring:}: what a query gives is not trusted with secrets", l.Name)
		}
		all, err := own.at(l.URL, kinds(c.Dialects))
		if err != nil {
			return nil, wrong("source %s: %w", l.Name, err)
		}
		found = append(found, all...)
	}
	found = slices.DeleteFunc(found, func(f Source) bool { return s.leavesOut(f.Name) })
	if len(found) == 0 {
		return nil, Nothing("the list has no source")
	}
	return found, nil
}

// With returns a config in which the results of discoveries replace their sources,
// including those given on the command line. A failed discovery has its reason in
// [Discovery.Err]. Two sources with the same name are an error.
func (c *Config) With(done []Finding) (*Config, error) {
	with := *c
	with.Sources, with.found = nil, done
	taken := map[string]Source{}
	for _, s := range c.Sources {
		here := []Source{s}
		if s.Discovery != nil {
			here = with.inPlace(s)
		}
		for _, f := range here {
			if other, ok := taken[f.Name]; ok {
				return nil, collision(other, f)
			}
			taken[f.Name] = f
			with.Sources = append(with.Sources, f)
		}
	}
	withheld := with.Withheld()
	for i := range with.Sources {
		with.Sources[i].withheld = withheld
	}
	return &with, nil
}

// collision returns the error for two sources with the same name, at least one of which
// was discovered.
func collision(a, b Source) error {
	if !b.Found {
		a, b = b, a
	}
	who := "another source"
	if a.Found {
		who = "one that " + cmp.Or(a.Group, a.Name) + " finds"
	}
	return b.Fault(fmt.Errorf("source %s: it finds %s, and %s has the name already: use exclude, or another name", cmp.Or(b.Group, b.Name), b.Name, who))
}

// ListFiles returns the files that lists of sources are read from.
func (c *Config) ListFiles() (files []string) {
	all := slices.Clone(c.Sources)
	for _, f := range c.found {
		all = append(all, f.Of)
	}
	for _, s := range all {
		if s.Discovery != nil && s.Discovery.List != nil && s.Discovery.List.File != "" && !slices.Contains(files, s.Discovery.List.File) {
			files = append(files, s.Discovery.List.File)
		}
	}
	return files
}

// A Finding is a source with a discovery, and the sources that it found or the reason
// why not.
type Finding struct {
	Of    Source
	Found []Source
	Err   error
}

// inPlace returns the sources that replace a source with a discovery.
func (c *Config) inPlace(s Source) []Source {
	for _, f := range c.found {
		if f.Of.URL != s.URL || f.Of.Name != s.Name {
			continue
		}
		if f.Err == nil {
			return f.Found
		}
		d := *s.Discovery
		d.Err = f.Err
		s.Discovery = &d
	}
	return []Source{s}
}

// Fault puts the place of the source's URL in the config before an error, if it is in
// the config.
func (s Source) Fault(err error) error {
	if s.url.File == "" {
		return err
	}
	return &Error{Pos: s.url, Text: err.Error(), text: err}
}
