// ~/.my.cnf, as far as it says how to connect.

package mysql

import (
	"os"
	"path/filepath"
	"strings"
)

// options are user, password, host, port and socket, as far as they are given.
type options map[string]string

// groups are those that the mysql and mariadb clients read.
var groups = map[string]bool{
	"client": true, "client-server": true, "client-mariadb": true,
	"mysql": true, "mariadb-client": true,
}

// readOptions reads the file in the home directory. One that is missing or
// cannot be read gives nothing, as with the mysql client.
func readOptions() options {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	path := filepath.Join(home, ".my.cnf")
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() { // a FIFO would block
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return parseOptions(string(content))
}

// parseOptions reads the groups in order; the last value of an option wins. It
// passes over whatever it does not know, !include lines too.
func parseOptions(content string) options {
	o := options{}
	ours := false
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsRune("#;!", rune(line[0])) {
			continue
		}
		if group, ok := strings.CutPrefix(line, "["); ok {
			group, _, _ = strings.Cut(group, "]")
			ours = groups[strings.TrimSpace(group)]
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		switch key {
		case "user", "password", "host", "port", "socket":
			if ours {
				o[key] = optionValue(strings.TrimSpace(value))
			}
		}
	}
	return o
}

// optionValue takes off a comment at the end and quotes, and resolves escapes:
// what stands in quotes is no comment.
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
