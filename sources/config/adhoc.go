// Sources given on the command line, and their names.

package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/option"
)

// named splits name=location. A URL with an = in its parameters has no name.
func named(sel string) (name, location string, ok bool) {
	name, location, ok = strings.Cut(sel, "=")
	return name, location, ok && isName(name)
}

// addAdhoc adds the source, or those of a pattern, that a selector gives.
func (r *resolver) addAdhoc(sel string, number int) error {
	name, location, explicit := named(sel)
	if refs, err := references(sel); err == nil && r.known.isConnectionString(mask(sel, refs)) {
		name, location, explicit = "", sel, false
	} else if explicit && secretForm().MatchString(name+"=") && !exists(location) {
		return option.Errorf("{source}, number %d: %w", number, errPairs)
	}
	where := option.Hint("source " + name)
	if !explicit {
		name, location, where = "", sel, option.Hint(fmt.Sprintf("{source}, number %d", number))
	}
	found, err := Source{Name: name}.at(location, r.known)
	_, nowhere := errors.AsType[noLocation](err)
	switch {
	case nowhere && !explicit:
		return r.unknown(sel)
	case nowhere && showable().MatchString(location):
		return option.Errorf("%s: there is no file %s, and it is %w", where, location, err)
	case err != nil:
		return option.Errorf("%s: %w", where, err)
	case found[0].pattern != "":
		return option.Errorf("%s: %w", where, found[0].noFile())
	case found[0].Discovery != nil:
		found = r.c.inPlace(found[0])
	case !explicit && found[0].Kind == nil:
		return option.Errorf("%s: a URL that is a reference needs a name: write name=%s", where, found[0].Place())
	}
	for _, s := range found {
		if err := r.addOne(s, explicit); err != nil {
			return err
		}
	}
	return nil
}

// addOne adds a source, unless a source with the same place already has the same name, or
// any name if this one was given without a name.
func (r *resolver) addOne(s Source, explicit bool) error {
	at := s.location()
	if known := r.placed[at]; len(known) > 0 && (!explicit || slices.Contains(known, s.Name)) {
		return nil
	}
	switch {
	case !explicit:
		s.Name = r.reserved.free(adhocNames(s)...)
	case r.used[s.Name]:
		return fmt.Errorf("two sources are called %s: choose another name", s.Name)
	}
	r.used[s.Name], r.reserved[s.Name] = true, true
	r.adhoc = append(r.adhoc, s)
	r.placed[at] = append(r.placed[at], s.Name)
	return nil
}

// location returns the file, or the URL as written.
func (s Source) location() string {
	if s.Kind.OfFiles() {
		return s.Path
	}
	return s.URL
}

// adhocNames returns candidates for a source's name, the best first.
func adhocNames(s Source) []string {
	if s.Kind.OfFiles() {
		long := strings.TrimSuffix(s.Path, filepath.Ext(s.Path))
		short := filepath.Base(long)
		if s.Name != "" { // a pattern's file: its path below the fixed part
			short = s.Name
		}
		return []string{clean(short), clean(filepath.ToSlash(long))}
	}
	place := s.Place()
	keep := ""
	if s.Discovery != nil {
		keep = special + "]"
	}
	clean := func(word string) string { return cleanBut(word, keep) }
	if strings.HasPrefix(place, "/") { // a socket's folder
		place = place[strings.LastIndexByte(place, '/'):]
	}
	hosts, database, _ := strings.Cut(place, "/")
	host, _, _ := strings.Cut(hosts, ",")
	if strings.HasPrefix(strings.ToLower(host), "%2f") { // likewise
		host = ""
	}
	bare := host
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		bare = host[:i]
	}
	if host == "" {
		bare, host = "local", "local"
	}
	if s.Found { // a schema is not a part of the place
		database = s.Name
	}
	if database == "" {
		return []string{clean(bare), clean(host)}
	}
	return []string{clean(database + "@" + bare), clean(database + "@" + host)}
}
