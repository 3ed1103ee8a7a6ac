// Converts a user's text (a URL, a path, a pattern) to sources.

package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/driver"
)

// errPairs says that a text is a connection string, and not a well-formed one.
var errPairs = errors.New(`malformed connection string: write host=db user=reader dbname=shop, values with blanks as 'a value', and \' and \\ in them`)

var (
	schemeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`) })
	secretForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(^|[\s?&;'",])(password|passwd|pwd|sslpassword)\s*=`)
	})
	parameterForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\?\w+=[^/]*$`) })
)

// at returns the source with the URL or path, or several sources if it is a pattern of
// files. Their names begin with s.Name if that is set. A pattern of databases is one source
// with a discovery.
func (s Source) at(text string, known kinds) ([]Source, error) {
	refs, err := references(text)
	if err != nil {
		return nil, err
	}
	s.URL = text
	if len(refs) > 0 && refs[0].from == 0 {
		return []Source{s}, nil // its kind is known once it is expanded
	}
	masked := mask(text, refs)
	kind, path, err := known.locate(masked, s.dir)
	if err != nil {
		return nil, err
	}
	s.Kind = kind
	if !kind.File {
		s, err = s.patterned(text, masked)
		return []Source{s}, err
	}
	if !isPattern(rooted(s.dir, path)) {
		s.Path = rooted(s.dir, text[len(text)-len(path):])
		return []Source{s}, nil
	}
	if len(refs) > 0 {
		return nil, errors.New("a pattern of files cannot hold a reference")
	}
	s.URL = ""
	return s.shards(path)
}

// locate finds the kind of database of a text without references and, for a file, the
// path, which is the end of the text.
func (k kinds) locate(text, dir string) (kind *driver.Dialect, path string, err error) {
	scheme := schemeForm().FindString(text)
	if scheme != "" && (strings.HasPrefix(text[len(scheme):], "//") || !exists(rooted(dir, text))) { // a file's name has no //
		name := strings.ToLower(strings.TrimSuffix(scheme, ":"))
		switch kind := k.withScheme(name); {
		case kind == nil:
			return nil, "", k.unknown(name)
		case kind.File:
			path := strings.TrimPrefix(text[len(scheme):], "//")
			return kind, path, checkPath(kind, path, dir)
		default:
			return kind, "", checkURL(text)
		}
	}
	file := k.ofFile(text)
	switch {
	case exists(rooted(dir, text)):
	case k.isConnectionString(text):
		return k.first(func(d *driver.Dialect) bool { return d.ConnectionStrings }), "", nil
	case secretForm().MatchString(text):
		return nil, "", errPairs // likewise
	case strings.Contains(text, "@") && strings.Contains(text, ":"):
		return nil, "", noLocation{k} // a mistyped URL must not be shown as a path
	case k.withSuffix(text) != nil:
	case isPattern(rooted(dir, text)):
		files, err := glob(dir, text, file.Sidecars)
		if err != nil {
			return nil, "", err
		}
		if len(files) == 0 {
			return nil, "", noLocation{k}
		}
	default:
		return nil, "", noLocation{k}
	}
	return file, text, checkPath(file, text, dir)
}

// checkPath returns an error for an invalid path. Whether the file is a database is checked
// when it is opened.
func checkPath(kind *driver.Dialect, path, dir string) error {
	switch {
	case path == "":
		return fmt.Errorf("no file is named: write %s:FILE", kind.Schemes[0])
	case strings.Contains(path, "\x00"):
		return errors.New("a file's name cannot hold a NUL")
	case path == ":memory:":
		return errors.New("a database in memory holds nothing to ask: name a file")
	case parameterForm().MatchString(path) && !exists(rooted(dir, path)):
		return fmt.Errorf("a %s source takes no parameters: fanql opens every file for reading only", kind.Products[0])
	}
	return nil
}

// root splits a path into the folder where it begins and the rest: the folder is the
// user's home for ~/, empty for an absolute path, else dir.
func root(dir, path string) (base, rest string) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return home, rest
		}
	}
	if filepath.IsAbs(path) {
		return "", path
	}
	return dir, path
}

func rooted(dir, path string) string { return filepath.Join(root(dir, path)) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isPattern reports whether a path is a pattern of files. A path is not a pattern if a file
// with this name exists.
func isPattern(path string) bool { return strings.ContainsAny(path, "*?[") && !exists(path) }
