// Database URLs: their parts, common mistakes in them, and the parts that may be shown.
// The standard library parses them in the drivers. Its errors repeat the URL, so common
// mistakes are found here first.

package config

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// parts returns the user's part, the host's part (perhaps several hosts) and the
// position of the latter, of scheme://[user[:password]@]host[,host...][/path][?query].
func parts(u string) (user string, from, to int) {
	begin := strings.Index(u, "://") + len("://")
	from, to = begin, len(u)
	if i := strings.IndexAny(u[begin:], "/?#"); i >= 0 {
		to = begin + i
	}
	if i := strings.LastIndexByte(u[begin:to], '@'); i >= 0 {
		user, from = u[begin:begin+i], begin+i+1
	}
	return user, from, to
}

// checkURL returns an error for a malformed database URL. The error does not repeat any
// part of it.
func checkURL(u string) error {
	if !strings.Contains(u, "://") {
		return errors.New("no // after the scheme: write postgres://host/database")
	}
	user, from, to := parts(u)
	tail := u[to:]
	switch {
	case strings.ContainsFunc(u, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return errors.New("a space or a control character: write a space as %20")
	case strings.Contains(u, "#"):
		return errors.New("a # must be written %23")
	case strings.Contains(tail, "@"):
		return errors.New("an @ after the host: in a password, / must be written %2F and ? %3F; elsewhere, @ must be written %40")
	case badEscape(user):
		return errors.New("a % in the user or the password must be written %25")
	case badEscape(u):
		return errors.New("a % must be written %25")
	case strings.ContainsFunc(user, needsEscape):
		return errors.New("a character in the user or the password must be percent-encoded: only letters, digits and -._~!$&'()*+,;= stand for themselves")
	}
	for _, host := range strings.Split(u[from:to], ",") {
		if err := checkHost(host); err != nil {
			return err
		}
	}
	whole := u
	if strings.Contains(strings.ToLower(u[from:to]), "%2f") { // the folder of a socket, which net/url cannot parse
		whole = u[:from] + "localhost" + tail
	}
	if _, err := url.Parse(whole); err != nil {
		return errors.New("not a well-formed URL") // err repeats it
	}
	return nil
}

func checkHost(host string) error {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i+1:]
	}
	switch n, err := strconv.ParseUint(port, 10, 64); {
	case strings.HasPrefix(name, "[") != strings.HasSuffix(name, "]"):
		return errors.New("an IPv6 address without its second bracket: write [::1]:5432")
	case !strings.HasPrefix(name, "[") && strings.Contains(name, ":"):
		return errors.New("too many colons in the host: an IPv6 address is written [::1], a : in a password %3A")
	case port == "":
		return nil
	case err != nil:
		return errors.New("the port is not a number")
	case n > 65535:
		return errors.New("the port is beyond 65535")
	}
	return nil
}

func badEscape(s string) bool {
	_, err := url.PathUnescape(s)
	return err != nil
}

// needsEscape reports whether a character must be escaped in the user's part of a URL,
// where : and @ are allowed.
func needsEscape(r rune) bool {
	return !unreserved(r) && !strings.ContainsRune("!$&'()*+,;=:%@", r)
}

func unreserved(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~", r)
}

// escape makes a value safe for any part of a URL except the host.
func escape(value string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; unreserved(rune(c)) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// redacted returns the part of a database URL that may be shown: host:port/database. It is
// empty for a malformed URL, because any part of that could be a secret.
func (k kinds) redacted(text string) string {
	refs, err := references(text)
	if err != nil {
		return ""
	}
	if len(refs) > 0 && refs[0].from == 0 {
		return refs[0].String()
	}
	masked := mask(text, refs)
	if k.isConnectionString(masked) {
		return redactedPairs(text, masked)
	}
	scheme, _, _ := strings.Cut(masked, ":")
	if kind := k.withScheme(strings.ToLower(scheme)); kind == nil || kind.File || checkURL(masked) != nil {
		return ""
	}
	_, from, _ := parts(masked)
	to := len(masked)
	if i := strings.IndexByte(masked, '?'); i >= 0 {
		to = i
	}
	return strings.TrimSuffix(text[from:to], "/")
}

// password returns the password in a URL as it is written.
func password(text string) string {
	at := passwordAt(text)
	return text[at.from:at.to]
}

// A passwordPlace is the position of the password in a URL or a connection string. From and
// to are equal if there is none.
type passwordPlace struct {
	from, to int
	decode   func(written string) (string, error)
}

// passwordAt finds the password in a URL or a connection string.
func passwordAt(text string) (at passwordPlace) {
	refs, err := references(text)
	if err != nil {
		return at
	}
	masked := mask(text, refs)
	if kinds(nil).isConnectionString(masked) { // a file has no password, whatever its name is
		at.decode = unescapePairs
		for _, name := range []string{"password", "sslpassword"} {
			for _, p := range pairsOf(masked) {
				if p.name == name {
					at.from, at.to = p.from, p.to
				}
			}
			if at.to > at.from {
				break
			}
		}
		return at
	}
	if !strings.Contains(text, "://") {
		return at
	}
	user, _, _ := parts(masked)
	begin := strings.Index(masked, "://") + len("://")
	if i := strings.IndexByte(user, ':'); i >= 0 {
		return passwordPlace{begin + i + 1, begin + len(user), url.PathUnescape}
	}
	from := strings.IndexByte(text, '?') + 1
	if from == 0 {
		return at
	}
	for _, parameter := range strings.Split(text[from:], "&") {
		if name, value, _ := strings.Cut(parameter, "="); name == "password" || name == "sslpassword" {
			return passwordPlace{from + len(parameter) - len(value), from + len(parameter), url.QueryUnescape}
		}
		from += len(parameter) + 1
	}
	return at
}

func hasPassword(text string) bool { return password(text) != "" }

// literalPassword reports whether the URL contains a password, and not only a reference
// to one.
func literalPassword(text string) bool {
	pw := password(text)
	return pw != "" && !strings.Contains(pw, "${")
}
