// The password file, as libpq reads it.

package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/trust"
)

// passwordIn looks up the password for one host, in the named file or the user's own. It is
// empty if there is none. The warning has psql's words, and is about a file that is
// ignored.
func (c *configs) passwordIn(file string, h host, database, user string) (password, warning string) {
	text, warning := c.passfile(file)
	if text == "" {
		return "", warning
	}
	names := []string{h.name}
	if h.local() {
		names = append(names, "localhost")
	}
	want := [][]string{names, {h.portText()}, {database}, {user}}
	for line := range strings.Lines(text) {
		if password, ok := passwordOf(strings.TrimRight(line, "\r\n"), want); ok {
			return password, ""
		}
	}
	return "", ""
}

// A passfile is the content of a password file, or the warning about it.
type passfile struct{ text, warning string }

// passfile returns the content of a password file, which is read once for all sources.
func (c *configs) passfile(file string) (text, warning string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.passfiles[file]
	if !ok {
		known.text, known.warning = readPassfile(file)
		if c.passfiles == nil {
			c.passfiles = map[string]passfile{}
		}
		c.passfiles[file] = known
	}
	return known.text, known.warning
}

func readPassfile(file string) (text, warning string) {
	if file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", ""
		}
		file = filepath.Join(home, ".pgpass")
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return "", ""
	case !info.Mode().IsRegular():
		return "", fmt.Sprintf("password file %q is not a plain file", file)
	case trust.Exposed(info):
		return "", fmt.Sprintf("password file %q has group or world access; permissions should be u=rw (0600) or less: it is ignored", file)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", ""
	}
	return string(content), ""
}

// passwordOf returns the fifth field of a line whose first four fields match. Text
// after a further colon does not belong to the password.
func passwordOf(line string, want [][]string) (string, bool) {
	if strings.HasPrefix(line, "#") {
		return "", false
	}
	for _, names := range want {
		field, raw, rest, ok := fieldOf(line)
		if !ok || raw != "*" && !slices.Contains(names, field) {
			return "", false
		}
		line = rest
	}
	password, _, _, _ := fieldOf(line)
	return password, password != ""
}

// fieldOf reads up to the next colon without a backslash before it; ok says whether
// there is one.
func fieldOf(line string) (field, raw, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == ':':
			return b.String(), line[:i], line[i+1:], true
		case line[i] == '\\' && i+1 < len(line):
			i++
		}
		b.WriteByte(line[i])
	}
	return b.String(), line, "", false
}
