// ~/.my.cnf, as far as it says how to connect.

package mysql

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fanql/fanql/sources/trust"
)

// options are user, password, host, port, socket and the options for encryption, if
// they are set.
type options map[string]string

// ignored is the key for warnings of files, one per line: no file can set it.
const ignored = "\n"

// groups are the groups that the mysql and mariadb clients read.
var groups = map[string]bool{
	"client": true, "client-server": true, "client-mariadb": true,
	"mysql": true, "mariadb-client": true,
}

// readOptions reads the file in the home directory. A file that is missing or cannot be
// read sets nothing, as with the mysql client.
func readOptions() options {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	o := options{}
	o.file(filepath.Join(home, ".my.cnf"), 0)
	return o
}

// deepest is the depth to which files may include files, as with the mysql client.
const deepest = 10

// file reads a file and those that it includes. The last value of an option applies.
func (o options) file(path string, depth int) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() { // a FIFO would block
		return
	}
	if trust.AllMayWrite(info) { // in the words of the mysql and mariadb clients
		o[ignored] += fmt.Sprintf("World-writable config file '%s' is ignored\n", path)
		return
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return
	}
	o.read(string(content), func(directive, path string) {
		if depth >= deepest {
			return
		}
		files := []string{path}
		if directive == "!includedir" {
			files, _ = filepath.Glob(filepath.Join(globbed.Replace(path), "*.cnf")) // sorted; the pattern is well formed
		}
		for _, file := range files {
			o.file(file, depth+1)
		}
	})
}

// globbed escapes a path so that Glob matches only the path itself.
var globbed = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// read reads the options of the relevant groups, and ignores unknown ones. It calls
// include for each !include and !includedir.
func (o options) read(content string, include func(directive, path string)) {
	ours := false
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '!':
			directive, path, _ := strings.Cut(line, " ")
			if path = strings.TrimSpace(path); path != "" && (directive == "!include" || directive == "!includedir") {
				include(directive, path)
			}
		case line[0] == '[':
			group, _, _ := strings.Cut(line[1:], "]")
			ours = groups[strings.TrimSpace(group)]
		case ours:
			key, value, valued := strings.Cut(line, "=")
			switch key = optionName(key); key {
			case "user", "password", "host", "port", "socket":
				o[key] = optionValue(strings.TrimSpace(value))
			case "ssl", "ssl-mode", "ssl-ca", "ssl-capath", "ssl-cert", "ssl-key", "ssl-verify-server-cert",
				"ssl-crl", "ssl-crlpath", "server-public-key-path", "get-server-public-key":
				if o[key] = optionValue(strings.TrimSpace(value)); !valued { // a flag without a value
					o[key] = "1"
				}
			case "skip-ssl", "disable-ssl":
				o["ssl"] = "0"
			case "skip-ssl-verify-server-cert", "disable-ssl-verify-server-cert":
				o["ssl-verify-server-cert"] = "0"
			}
		}
	}
}

// optionName normalizes a name: it may have dashes or underscores, and loose- before
// it, which makes a client ignore the option if it does not know it.
func optionName(key string) string {
	key = strings.ReplaceAll(strings.TrimSpace(key), "_", "-")
	return strings.TrimPrefix(key, "loose-")
}

// optionValue removes a comment at the end and quotes, and resolves escapes. A comment
// cannot begin inside quotes.
func optionValue(v string) string {
	var quote byte
	end := len(v)
scan:
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == 0 && c == '#':
			end = i
			break scan
		}
	}
	v = strings.TrimRight(v[:end], " \t")
	if len(v) >= 2 && (v[0] == '\'' || v[0] == '"') && v[len(v)-1] == v[0] {
		v = v[1 : len(v)-1]
	}
	return escapes.Replace(v)
}

var escapes = strings.NewReplacer(`\b`, "\b", `\t`, "\t", `\n`, "\n", `\r`, "\r", `\s`, " ", `\\`, `\`, `\"`, `"`, `\'`, `'`)
