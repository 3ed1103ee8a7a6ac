// PostgreSQL's connection strings, host=db user=reader dbname=shop: how they are
// recognised, and which parts of them may be shown. The driver reads them.

package config

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A pair is a name=value with the position of the value as it is written, without the
// quotes around it.
type pair struct {
	name     string
	from, to int
}

var pairForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*|))(?:\s+|$)`)
})

var whereForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(host|hostaddr|dbname|service|user)=`) })

// pairsOf splits a text into pairs, or returns nil unless all of it is name=value.
func pairsOf(text string) (list []pair) {
	for at := 0; at < len(text); {
		m := pairForm().FindStringSubmatchIndex(text[at:])
		if m == nil {
			return nil
		}
		p := pair{name: text[at+m[2] : at+m[3]], from: at + max(m[4], m[6]), to: at + max(m[5], m[7])}
		list = append(list, p)
		at += m[1]
	}
	return list
}

// isConnectionString reports whether a text without references is a connection string:
// pairs, one of which locates the database. A single pair may also be a source's name
// and its file.
func (k kinds) isConnectionString(text string) bool {
	if strings.Contains(text, "://") {
		return false
	}
	list := pairsOf(text)
	if len(list) > 0 && whereForm().MatchString(text[list[0].from:list[0].to]) {
		return false // name=host=db: a source with a name
	}
	where := slices.ContainsFunc(list, func(p pair) bool { return whereForm().MatchString(p.name + "=") })
	if len(list) != 1 {
		return where
	}
	value := text[list[0].from:list[0].to]
	return where && !strings.Contains(value, ":") && !exists(value) && !k.isSuffixed(value)
}

// valueOf returns a value as it is written in the text, whose references are masked.
func valueOf(text, masked, name string) string {
	value := ""
	for _, p := range pairsOf(masked) {
		if p.name == name {
			value = text[p.from:p.to]
		}
	}
	return value
}

// redactedPairs returns the part that may be shown: host:port/database.
func redactedPairs(text, masked string) string {
	host, port, database := valueOf(text, masked, "host"), valueOf(text, masked, "port"), valueOf(text, masked, "dbname")
	if host == "" {
		host = valueOf(text, masked, "hostaddr")
	}
	if port != "" {
		host += ":" + port
	}
	if database != "" {
		host += "/" + database
	}
	return host
}

// unescapePairs reads a value of a connection string as it is written, without quotes.
func unescapePairs(written string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(written); i++ {
		if written[i] == '\\' && i+1 < len(written) {
			i++
		}
		b.WriteByte(written[i])
	}
	return b.String(), nil
}

// escapePairs makes a value safe inside a connection string, with or without quotes.
func escapePairs(value string) string {
	var b strings.Builder
	for i := range len(value) {
		if strings.IndexByte(" \t\n\r\v\f'\\", value[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
	return b.String()
}
