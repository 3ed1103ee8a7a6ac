// Sources for a new config: their names and passwords.

package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// A Draft is a source for a config.
type Draft struct {
	// Name may have been derived from the location.
	Name string
	// Location is the value for the config: a URL, or a file or a pattern of files relative
	// to the config's folder. It may hold a password.
	Location string
	Kind     *driver.Dialect // nil for a location that begins with a reference
}

// Drafts collects the sources of a new config in a folder.
type Drafts struct {
	Dialects driver.Dialects
	Folder   string
	List     []Draft
}

// Read reads a location as [Config.Resolve] does, with or without a name (name=location),
// and returns a draft with a unique name. Its error repeats no text that may be a password.
func (d *Drafts) Read(text string) (Draft, error) {
	known := kinds(d.Dialects)
	name, location, explicit := named(text)
	if refs, err := references(text); err == nil && known.isConnectionString(mask(text, refs)) || !explicit {
		name, location, explicit = "", text, false
	}
	found, err := Source{Name: name}.at(location, known)
	if err == nil && found[0].pattern != "" {
		err = found[0].noFile()
	}
	switch _, nowhere := errors.AsType[noLocation](err); {
	case nowhere && !explicit && showable().MatchString(location):
		return Draft{}, fmt.Errorf("%s is %w", shown(location), err)
	case err != nil && explicit:
		return Draft{}, fmt.Errorf("source %s: %w", name, err)
	case err != nil:
		return Draft{}, err
	case !explicit && found[0].Kind == nil:
		return Draft{}, fmt.Errorf("a URL that is a reference needs a name: write name=%s", found[0].Place())
	}
	draft := Draft{Name: name, Location: location, Kind: found[0].Kind}
	if draft.Kind != nil && draft.Kind.File {
		draft.Location = known.placed(location, d.Folder)
	}
	if !explicit {
		draft.Name = d.free(drafted(found, location)...)
		return draft, nil
	}
	return draft, d.Free(name)
}

// Free returns an error for an invalid name, and for a name that another source has.
func (d *Drafts) Free(name string) error {
	if !isName(name) {
		return fmt.Errorf("source %s: a name has letters, digits, _ - . and /, and begins with a letter, a digit or _", shown(name))
	}
	for _, other := range d.List {
		if other.Name == name {
			return fmt.Errorf("two sources are called %s: choose another name", name)
		}
	}
	return nil
}

// free returns the first of the candidates that no source has.
func (d *Drafts) free(candidates ...string) string {
	taken := names{}
	for _, other := range d.List {
		taken[other.Name] = true
	}
	return taken.free(candidates...)
}

// drafted returns candidates for the name of a source, the best first: words of the
// database, the host, the file, or the folder of a pattern's files.
func drafted(found []Source, location string) (all []string) {
	s := found[0]
	var words []string
	switch {
	case s.Kind.File && isPattern(location):
		words = []string{filepath.Base(fixedPart("", location)), "files"}
	case s.Kind.File:
		words = []string{strings.TrimSuffix(filepath.Base(s.Path), filepath.Ext(s.Path)), strings.TrimSuffix(s.Path, filepath.Ext(s.Path))}
	default:
		hosts, database, _ := strings.Cut(s.Place(), "/")
		host, _, _ := strings.Cut(hosts, ",")
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			host = host[:i]
		}
		words = []string{database, host, strings.TrimLeft(database+"-"+host, "-"), "database"}
	}
	for _, word := range words {
		name := strings.Map(func(r rune) rune {
			if isWord(r) || r == '.' || r == '-' {
				return r
			}
			return '-'
		}, word)
		if name = strings.Trim(name, "-."); isName(name) && name != "_" {
			all = append(all, name)
		}
	}
	return append(all, "database")
}

// Placed converts a location relative to the working folder for the config: a file or a
// pattern of files becomes relative to the config's folder. Other locations stay.
func (c *Config) Placed(location string) string {
	return kinds(c.Dialects).placed(location, c.dir())
}

// placed is [Config.Placed] for a config in a folder.
func (k kinds) placed(location, folder string) string {
	if refs, err := references(location); err != nil || len(refs) > 0 {
		return location
	}
	kind, path, err := k.locate(location, "")
	if err != nil || !kind.File || filepath.IsAbs(path) || strings.HasPrefix(path, "~/") {
		return location
	}
	from, err := filepath.Abs(folder)
	if err != nil {
		return location
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return location
	}
	here, err := filepath.Abs(".")
	if err != nil || here == from {
		return location
	}
	if rel, err := filepath.Rel(here, from); err == nil && filepath.IsLocal(rel) { // below the working folder, so they can be moved together
		if rel, err := filepath.Rel(from, to); err == nil {
			to = rel
		}
	}
	return location[:len(location)-len(path)] + to
}

// Password returns the decoded password in the location itself; empty is none.
func (d Draft) Password() string {
	if !literalPassword(d.Location) {
		return ""
	}
	at := passwordAt(d.Location)
	secret, err := at.decode(d.Location[at.from:at.to])
	if err != nil {
		return ""
	}
	return secret
}

// WithReference returns the draft with a reference, such as ${env:NAME}, instead of its
// password.
func (d Draft) WithReference(reference string) Draft {
	at := passwordAt(d.Location)
	d.Location = d.Location[:at.from] + reference + d.Location[at.to:]
	return d
}

// TakesPassword reports whether a password can be added: the location has a user and no
// password.
func (d Draft) TakesPassword() bool {
	if d.Kind == nil || d.Kind.File || hasPassword(d.Location) {
		return false
	}
	refs, err := references(d.Location)
	if masked := mask(d.Location, refs); err == nil && strings.Contains(masked, "://") {
		user, _, _ := parts(masked)
		return user != "" && !strings.Contains(user, ":")
	}
	return err == nil && strings.Contains(d.Location, "user")
}

// WithPassword returns the draft with the password. The draft must have a [Draft.Password],
// or [Draft.TakesPassword] must be true.
func (d Draft) WithPassword(secret string) Draft {
	refs, _ := references(d.Location)
	masked := mask(d.Location, refs)
	if d.Password() != "" {
		if strings.Contains(masked, "://") {
			return d.WithReference(escape(secret))
		}
		return d.WithReference(escapePairs(secret))
	}
	if !strings.Contains(masked, "://") {
		d.Location += " password='" + escapePairs(secret) + "'"
		return d
	}
	_, host, _ := parts(masked)
	d.Location = d.Location[:host-1] + ":" + escape(secret) + d.Location[host-1:]
	return d
}

// Entry returns the text of a source in a config: name: location.
func (d Draft) Entry() string { return d.Name + ": " + quoted(d.Location, false) }
