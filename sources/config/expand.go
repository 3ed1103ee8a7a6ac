// Expanding a source: its references are replaced by their values.

package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/driver"
)

// A Target is the real location of a source. It holds secrets.
type Target struct {
	Kind *driver.Dialect
	// URL is well formed and begins with the first scheme of the kind, or is a
	// connection string, host=db user=reader; empty for a file.
	URL string
	// Path is the file, if the source is a file.
	Path string
	// Password, if not nil, runs the source's password_command. Its result takes
	// precedence over a password in the URL.
	Password func(context.Context) (string, error)
}

// Expand fetches the values that the source keeps elsewhere: variables through getenv
// ([os.Getenv]) and files. A value needs no escapes for @, : and %, unless the URL begins
// with its reference: then the value is read as a part of a URL. Known are the kinds of
// databases that such a URL can name. Its error joins an error for each reference that
// cannot be resolved, and does not name the source.
func (s Source) Expand(known driver.Dialects, getenv func(string) string) (Target, error) {
	t, err := s.expand(kinds(known), getenv)
	if err != nil {
		return Target{}, err
	}
	if s.PasswordCommand != "" && !t.Kind.File {
		t.Password = s.passwordCommand()
	}
	return t, nil
}

// passwordCommand returns a function that runs the source's password_command.
func (s Source) passwordCommand() func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		return runPasswordCommand(ctx, s.PasswordCommand, s.dir, Environment(os.Environ(), s.withheld))
	}
}

func (s Source) expand(known kinds, getenv func(string) string) (Target, error) {
	if s.pattern != "" {
		return Target{}, s.noFile()
	}
	refs, err := references(s.URL)
	if err != nil {
		return Target{}, err
	}
	switch {
	case len(refs) > 0:
	case s.Kind.OfFiles():
		return Target{Kind: s.Kind, Path: s.Path}, nil
	case s.Kind != nil: // at has located and checked it
		return Target{Kind: s.Kind, URL: withUsualScheme(s.Kind, s.URL)}, nil
	}
	values := make([]string, len(refs))
	wrong := make([]error, len(refs))
	for i, r := range refs {
		if r.kind == ofPort {
			values[i], wrong[i] = s.port()
			continue
		}
		values[i], wrong[i] = r.value(s.dir, getenv)
	}
	if err := errors.Join(wrong...); err != nil {
		return Target{}, err
	}
	text := s.URL
	if len(refs) > 0 && refs[0].from == 0 {
		shift := len(values[0]) - refs[0].to
		text = values[0] + text[refs[0].to:]
		refs, values = refs[1:], values[1:]
		for i := range refs {
			refs[i].from += shift
			refs[i].to += shift
		}
	}
	masked := mask(text, refs)
	kind, path, err := known.locate(masked, s.dir)
	if err != nil {
		return Target{}, err
	}
	if kind.File {
		before := len(text) - len(path)
		path := fill(text, refs, values)[before:]
		return Target{Kind: kind, Path: rooted(s.dir, path)}, checkPath(kind, path, s.dir)
	}
	if p, err := (Source{Kind: kind}).patterned(text, masked); err == nil && p.Discovery != nil {
		return Target{}, errors.New("a pattern of databases cannot come from a reference that the URL begins with: write the scheme, the host and the pattern in the config")
	}
	if !strings.Contains(masked, "://") { // a connection string
		for i := range values {
			values[i] = escapePairs(values[i])
		}
		return Target{Kind: kind, URL: fill(text, refs, values)}, nil
	}
	_, from, to := parts(masked)
	for i, r := range refs {
		if from <= r.from && r.from < to {
			if !hostForm().MatchString(values[i]) {
				return Target{}, fmt.Errorf("%v: its value has characters that a host cannot have", r)
			}
			continue
		}
		values[i] = escape(values[i])
	}
	url := fill(text, refs, values)
	return Target{Kind: kind, URL: withUsualScheme(kind, url)}, checkURL(url)
}

// withUsualScheme returns a URL with the first of the schemes of its kind. A connection
// string is returned as it is.
func withUsualScheme(kind *driver.Dialect, text string) string {
	scheme, usual := schemeForm().FindString(text), kind.Schemes[0]+":"
	if scheme == "" || scheme == usual {
		return text
	}
	return usual + text[len(scheme):]
}

var hostForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN._:,\[\]-]*$`) })

// fill replaces the references by their values.
func fill(text string, refs []reference, values []string) string {
	var b strings.Builder
	at := 0
	for i, r := range refs {
		b.WriteString(text[at:r.from])
		b.WriteString(values[i])
		at = r.to
	}
	b.WriteString(text[at:])
	return b.String()
}

func (s Source) noFile() error {
	if !showable().MatchString(s.pattern) {
		return errors.New("no file matches its pattern")
	}
	return fmt.Errorf("no file matches %s", s.pattern)
}
