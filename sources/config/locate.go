// From what a user wrote (a URL, a path, a pattern) to the sources it names.

package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// errPairs says that a text is a connection string, and not a well-formed one.
var errPairs = errors.New(`malformed connection string: write host=db user=reader dbname=shop, values with blanks as 'a value', and \' and \\ in them`)

// errNoLocation says that a text is neither a URL nor a file.
var errNoLocation = errors.New("neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE")

var (
	schemeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`) })
	secretForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(^|[\s?&;'",])(password|passwd|pwd|sslpassword)\s*=`)
	})
	parameterForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\?\w+=[^/]*$`) })
)

// at gives the source with the URL or path, or the sources where it is a pattern
// of files, named below s.Name if that is set.
func (s Source) at(text string) ([]Source, error) {
	refs, err := references(text)
	if err != nil {
		return nil, err
	}
	s.URL = text
	if len(refs) > 0 && refs[0].from == 0 {
		return []Source{s}, nil // what it is shows when it is expanded
	}
	masked := mask(text, refs)
	kind, path, err := locate(masked, s.dir)
	if err != nil {
		return nil, err
	}
	s.Kind = kind
	if kind != SQLite {
		return []Source{s}, nil
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

// locate tells the kind of database of a text without references and, of a
// SQLite source, the path, which is the text's end.
func locate(text, dir string) (kind Kind, path string, err error) {
	if scheme := schemeForm().FindString(text); scheme != "" && !exists(rooted(dir, text)) {
		name := strings.ToLower(strings.TrimSuffix(scheme, ":"))
		switch kind := schemes[name]; kind {
		case "":
			return "", "", unknownKind(name)
		case SQLite:
			path := strings.TrimPrefix(text[len(scheme):], "//")
			return SQLite, path, checkPath(path, dir)
		default:
			return kind, "", checkURL(text)
		}
	}
	switch {
	case exists(rooted(dir, text)):
	case isConnectionString(text):
		return Postgres, "", nil
	case secretForm().MatchString(text):
		return "", "", errPairs // likewise
	case strings.Contains(text, "@") && strings.Contains(text, ":"):
		return "", "", errNoLocation // a mistyped URL: nobody may take it for a path and show it
	case slices.Contains(sqliteSuffixes, filepath.Ext(text)):
	case isPattern(rooted(dir, text)):
		files, err := glob(dir, text)
		if err != nil {
			return "", "", err
		}
		if len(files) == 0 {
			return "", "", errNoLocation
		}
	default:
		return "", "", errNoLocation
	}
	return SQLite, text, checkPath(text, dir)
}

// checkPath says what is wrong with a path as written; whether it is a database
// shows when it is opened.
func checkPath(path, dir string) error {
	switch {
	case path == "":
		return errors.New("no file is named: write sqlite:FILE")
	case strings.Contains(path, "\x00"):
		return errors.New("a file's name cannot hold a NUL")
	case path == ":memory:":
		return errors.New("a database in memory holds nothing to ask: name a file")
	case parameterForm().MatchString(path) && !exists(rooted(dir, path)):
		return errors.New("a SQLite source takes no parameters: fanql opens every file for reading only")
	}
	return nil
}

// root splits a path into the folder where it begins and the rest: the user's
// home for ~/, nothing for an absolute path, else dir.
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

// isPattern reports whether a path is a pattern of files; a file that is really
// called so is none.
func isPattern(path string) bool { return strings.ContainsAny(path, "*?[") && !exists(path) }
