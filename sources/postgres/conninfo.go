// Reading a URL or a connection string, as libpq does.

package postgres

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
)

var errURL = errors.New("malformed PostgreSQL URL: write postgres://user@host:5432/database?name=value, with other characters as %XX; libpq's environment (PGPORT, PGSERVICE, …) counts as well")

// parameters returns the parameters of the text, of a service's file and of the
// environment; earlier ones take precedence. Of the text, errors contain only known names.
func parameters(text string, environment map[string]string) (map[string]string, error) {
	given, err := written(text)
	if err != nil {
		return nil, err
	}
	if err := refuseUnknown(given); err != nil {
		return nil, err
	}
	if len(environment) == 0 && given["service"] == "" { // as for each of thousands of sources
		return effective(given)
	}
	all := maps.Clone(environment)
	if service := cmp.Or(given["service"], all["service"]); service != "" {
		of, err := serviceOf(service, cmp.Or(given["servicefile"], all["servicefile"]))
		if err != nil {
			return nil, err
		}
		if err := refuseUnknown(of); err != nil {
			return nil, fmt.Errorf("the service file: %w", err)
		}
		override(all, of)
	}
	override(all, given)
	return effective(all)
}

// effective removes the parameters without an effect. It returns an error for those that
// are refused.
func effective(all map[string]string) (map[string]string, error) {
	for name, value := range all {
		t := libpq[name]
		if t.refused != "" && !slices.Contains(t.unless, value) {
			return nil, fmt.Errorf("%s: %s", name, t.refused)
		}
		if t.ignored || t.refused != "" {
			delete(all, name)
		}
	}
	return all, nil
}

// environment returns the parameters of the environment.
func environment() map[string]string {
	all := map[string]string{}
	for name, t := range libpq {
		if t.variable == "" {
			continue
		}
		if value := os.Getenv(t.variable); value != "" {
			all[name] = value
		}
	}
	for name, variable := range settings {
		if value := os.Getenv(variable); value != "" && !strings.EqualFold(value, "default") {
			all[name] = value
		}
	}
	return all
}

// override replaces values, or adds them. The case of settings' names does not matter.
func override(all, by map[string]string) {
	for name, value := range by {
		if _, same := all[name]; !same { // thousands of sources have the same environment, mostly an empty one
			for old := range all {
				if strings.EqualFold(old, name) {
					delete(all, old)
				}
			}
		}
		all[name] = value
	}
}

// written returns the parameters of the text itself.
func written(text string) (map[string]string, error) {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		_, rest, _ := strings.Cut(text, "://")
		// A password with a bare @ or / would be cut in two. Its second half would be
		// taken for a host or a database and shown in listings.
		if before, after, found := strings.Cut(rest, "@"); found && (strings.Contains(before, "/") || strings.Contains(after, "@")) {
			return nil, errors.New("the URL is ambiguous: write @ as %40 and / as %2F in its user, password, database and parameters")
		}
		return fromURL(rest)
	}
	if strings.Contains(text, "=") && !strings.Contains(text, "://") {
		return fromPairs(text)
	}
	return nil, errors.New("not a PostgreSQL URL: write postgres://user@host:5432/database")
}

// fromURL reads the text after the scheme.
func fromURL(rest string) (map[string]string, error) {
	raw := map[string]string{}
	if user, after, ok := strings.Cut(rest, "@"); ok && !strings.Contains(user, "/") {
		name, password, ok := strings.Cut(user, ":")
		if raw["user"] = name; ok {
			raw["password"] = password
		}
		rest = after
	}
	place, query, hasQuery := strings.Cut(rest, "?")
	hosts, database, _ := strings.Cut(place, "/")
	raw["dbname"] = database
	var names, ports []string
	for host := range strings.SplitSeq(hosts, ",") {
		name, port := host, ""
		if strings.HasPrefix(host, "[") && !strings.Contains(host, "]") {
			return nil, errURL
		}
		if inside, after, ok := strings.Cut(host, "]"); ok && strings.HasPrefix(host, "[") {
			if after != "" && after[0] != ':' {
				return nil, errURL
			}
			name, port = inside[1:], strings.TrimPrefix(after, ":")
		} else if name, port, ok = strings.Cut(host, ":"); ok && !isPort(port) && port != "" {
			return nil, errors.New("the URL's port is not a number from 1 to 65535, or its password has a character to escape: write : as %3A, / as %2F, @ as %40")
		}
		if strings.ContainsAny(name, "[]") {
			return nil, errURL
		}
		names, ports = append(names, name), append(ports, port)
	}
	raw["host"], raw["port"] = strings.Join(names, ","), strings.Join(ports, ",")
	if strings.Trim(raw["port"], ",") == "" {
		delete(raw, "port")
	}
	for _, name := range []string{"host", "dbname", "user"} {
		if raw[name] == "" {
			delete(raw, name)
		}
	}
	for name, value := range raw {
		text, err := url.PathUnescape(value)
		if err != nil || strings.Contains(text, "\x00") {
			return nil, errURL
		}
		raw[name] = text
	}
	if !hasQuery || query == "" {
		return raw, nil
	}
	number, secret := 0, false
	for pair := range strings.SplitSeq(query, "&") {
		number++
		name, value, ok := strings.Cut(pair, "=")
		name, bad := url.PathUnescape(name)
		value, worse := url.PathUnescape(value)
		switch {
		case bad != nil || worse != nil || strings.Contains(pair, ";") || strings.Contains(value, "\x00"):
			return nil, errors.New("the URL's parameters are malformed: write ?name=value&name=value, with % as %25 and & as %26 in values")
		case secret && (!ok || !recognised(name)):
			return nil, fmt.Errorf("parameter number %d of the URL is not known (it is not shown: in a password, an & must be written %%26; a setting of an extension goes before the password)", number)
		case !ok || !parameterForm().MatchString(name):
			return nil, errURL
		case name == "ssl" && value == "true":
			name, value = "sslmode", "require"
		}
		raw[name] = value
		secret = secret || secrets[name]
	}
	return raw, nil
}

// secrets are the parameters whose values must never be shown.
var secrets = map[string]bool{"password": true, "sslpassword": true, "oauth_client_secret": true}

// recognised reports whether a name after a password is a parameter or looks like a
// setting. Any other name may be a piece of the password, which the server would quote.
func recognised(name string) bool {
	_, ours := libpq[name]
	_, habit := otherHabits[strings.ToLower(name)]
	switch strings.ToLower(name) {
	case "role", "jit", "timezone", "datestyle", "intervalstyle", "ssl", driver.SchemaParameter:
		return true
	}
	return ours || habit || settingForm().MatchString(name)
}

// settingForm matches words with underscores between them, as in search_path.
var settingForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2,}(_[a-z]{2,})+$`) })

var parameterForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`) })

// fromPairs reads host=... user=..., where values with blanks are in quotes.
func fromPairs(text string) (map[string]string, error) {
	wrong := errors.New(`malformed connection string: write host=db user=reader dbname=shop, values with blanks as 'a value', and \' and \\ in them`)
	const blanks = " \t\n\r\v\f"
	given := map[string]string{}
	secret := false
	for text = strings.TrimLeft(text, blanks); text != ""; text = strings.TrimLeft(text, blanks) {
		name, rest, ok := strings.Cut(text, "=")
		name = strings.TrimRight(name, blanks)
		if !ok || !parameterForm().MatchString(name) || strings.Contains(rest, "\x00") {
			return nil, wrong
		}
		if secret && !recognised(name) {
			return nil, errors.New("a parameter behind the password is not known (it is not shown: a password with blanks is written password='a b'; a setting of an extension goes before it)")
		}
		secret = secret || secrets[name]
		rest = strings.TrimLeft(rest, blanks)
		quoted := strings.HasPrefix(rest, "'")
		if quoted {
			rest = rest[1:]
		}
		var value strings.Builder
		i := 0
		for ; i < len(rest); i++ {
			if quoted && rest[i] == '\'' || !quoted && strings.IndexByte(blanks, rest[i]) >= 0 {
				break
			}
			if rest[i] == '\\' {
				if i++; i == len(rest) {
					break
				}
			}
			value.WriteByte(rest[i])
		}
		if quoted {
			if i >= len(rest) {
				return nil, wrong
			}
			i++
		}
		given[name], text = value.String(), rest[i:]
	}
	return given, nil
}

// refuseUnknown refuses names that are neither libpq's nor possible settings of the
// server. It suggests the intended name.
func refuseUnknown(given map[string]string) error {
	var foreign []string
	for name := range given {
		if _, ok := libpq[name]; !ok {
			foreign = append(foreign, name)
		}
	}
	slices.Sort(foreign)
	for _, name := range foreign {
		lower := strings.ToLower(name)
		if hint, ok := otherHabits[lower]; ok {
			return option.Errorf("the parameter %s is not PostgreSQL's: %s", lower, option.Hint(hint))
		}
		for ours := range libpq {
			if strings.ReplaceAll(ours, "_", "") == strings.NewReplacer("_", "", "-", "").Replace(lower) {
				return fmt.Errorf("a parameter is misspelt: did you mean %s?", ours)
			}
		}
	}
	return nil
}

// unknown is the hint for a setting that the server does not know.
func unknown(name string) string {
	names := slices.Concat(slices.Sorted(maps.Keys(libpq)), []string{
		"search_path", "statement_timeout", "lock_timeout",
		"timezone", "datestyle", "intervalstyle", "extra_float_digits", "work_mem", "role", "lc_monetary",
	})
	if near, ok := nearest.Name(name, names); ok {
		return "did you mean " + near + "?"
	}
	return ""
}

// serviceOf reads a service: from the named file, else from the user's, else from the
// system's.
func serviceOf(service, file string) (map[string]string, error) {
	missing := errors.New("the service that is named (service, PGSERVICE) is not in the service file (PGSERVICEFILE, ~/.pg_service.conf)")
	var files []string
	if file != "" {
		files = []string{file}
	} else if home, err := os.UserHomeDir(); err == nil {
		files = []string{filepath.Join(home, ".pg_service.conf")}
	}
	if dir := os.Getenv("PGSYSCONFDIR"); dir != "" {
		files = append(files, filepath.Join(dir, "pg_service.conf"))
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		of, found, err := sectionOf(string(text), service)
		if found || err != nil {
			return of, err
		}
	}
	return nil, missing
}

// sectionOf reads the first section with the name.
func sectionOf(text, service string) (of map[string]string, found bool, err error) {
	of = map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			if found {
				return of, true, nil
			}
			found = strings.TrimSuffix(line[1:], "]") == service
		case found:
			name, value, ok := strings.Cut(line, "=")
			name = strings.TrimSpace(name)
			if !ok || !parameterForm().MatchString(name) || name == "service" {
				return nil, true, fmt.Errorf("line %d of the service file is not name=value", n)
			}
			of[name] = strings.TrimSpace(value)
		}
	}
	return of, found, nil
}
