// Sources that are discovered: the databases of a server, the schemas of a database,
// and lists from elsewhere. This file reads their settings in the config; it dials
// nothing.

package config

import (
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// A Discovery says how sources are found that the config does not name. It has
// Databases, Schemas or both, or else List.
type Discovery struct {
	// Databases and Schemas are patterns of names, as [path.Match] reads them, except
	// that a * also matches slashes.
	Databases, Schemas string
	// List is the origin of names and URLs.
	List *List
	// Err is the reason why the discovery failed; nil also means that it has not been
	// tried. The sources that it would have found are missing.
	Err error
}

// A List returns names, URLs and tags of sources: from the rows of a query, the output
// of a program, or a file. One of Command, File and Query is set.
type List struct {
	Command []string
	File    string // the path, which can be opened directly
	Query   string
	On      string // the source that runs Query
	Pos     Pos    // the place of the command, the file or the query
}

// String describes the origin of the list.
func (l *List) String() string {
	switch {
	case l.Query != "":
		return "query on " + l.On
	case l.File != "":
		return l.File
	}
	return "command " + l.Command[0]
}

// special are the characters that make a name a pattern.
const special = "*?["

// patterned returns the source with the patterns of databases and schemas in its URL,
// if there are any. Masked is the URL without references, which cannot be in a pattern.
func (s Source) patterned(text, masked string) (Source, error) {
	by := s.Kind.Discovery
	if by == nil {
		return s, nil
	}
	var d Discovery
	var err error
	for _, part := range []struct {
		what    string
		place   place
		listing driver.Listing
		pattern *string
	}{
		{"databases", databasePlace(masked), by.Databases, &d.Databases},
		{"schemas", schemaPlace(masked), by.Schemas, &d.Schemas},
	} {
		raw := part.place.in(text)
		if part.listing.SQL == "" || !strings.ContainsAny(raw, special) {
			continue
		}
		if raw != part.place.in(masked) {
			return s, errors.New("a pattern of " + part.what + " cannot hold a reference")
		}
		if *part.pattern = raw; !part.place.pair {
			if *part.pattern, err = unescapedPattern(raw); err != nil {
				return s, err
			}
		}
		if _, err := path.Match(*part.pattern, ""); err != nil {
			return s, errors.New("not a pattern: a [ is without its ]")
		}
	}
	if d.Databases != "" || d.Schemas != "" {
		s.Discovery = &d
	}
	return s, nil
}

// A place is the position of a value in a URL or a connection string.
type place struct {
	from, to int
	pair     bool // the value is in a connection string
}

func (p place) in(text string) string { return text[p.from:p.to] }

// put returns the text with a value at the place, escaped for it.
func (p place) put(text, value string) string {
	if p.pair {
		value = escapePairs(value)
	} else {
		value = escape(value)
	}
	return text[:p.from] + value + text[p.to:]
}

// put returns a URL with a value at one of its places, escaped for that place.
func put(url string, at func(masked string) place, value string) string {
	refs, _ := references(url) // they have been checked
	return at(mask(url, refs)).put(url, value)
}

// databasePlace returns the place of the database's name. It is empty, at the beginning of
// the text, if there is no room for a name.
func databasePlace(masked string) place {
	if !strings.Contains(masked, "://") {
		return pairPlace(masked, "dbname")
	}
	_, _, to := parts(masked)
	if to == len(masked) || masked[to] != '/' {
		return place{}
	}
	end := len(masked)
	if i := strings.IndexByte(masked, '?'); i >= 0 {
		end = i
	}
	return place{from: to + 1, to: end}
}

// schemaPlace returns the place of the schema's name in the same way.
func schemaPlace(masked string) place {
	const name = driver.SchemaParameter
	if !strings.Contains(masked, "://") {
		return pairPlace(masked, name)
	}
	at := strings.IndexByte(masked, '?') + 1
	if at == 0 {
		return place{}
	}
	for parameter := range strings.SplitSeq(masked[at:], "&") {
		if key, _, _ := strings.Cut(parameter, "="); key == name && len(parameter) > len(key) {
			return place{from: at + len(key) + 1, to: at + len(parameter)}
		}
		at += len(parameter) + 1
	}
	return place{}
}

func pairPlace(masked, name string) (at place) {
	for _, p := range pairsOf(masked) {
		if p.name == name {
			at = place{p.from, p.to, true}
		}
	}
	return at
}

// unescapedPattern decodes the %XX of a pattern. An encoded character stands for itself.
func unescapedPattern(raw string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' || i+2 >= len(raw) {
			b.WriteByte(raw[i])
			continue
		}
		c, err := url.PathUnescape(raw[i : i+3])
		if err != nil {
			return "", errors.New("a % must be written %25")
		}
		if strings.ContainsAny(c, special+`\`) {
			b.WriteByte('\\')
		}
		b.WriteString(c)
		i += 2
	}
	return b.String(), nil
}
