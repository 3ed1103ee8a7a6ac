// Package starter writes the first config of a folder.
//
//	text := starter.Text(drafts, starter.SchemaFile)
//	err := starter.Converse(terminal, &drafts)
//
// It opens no database and no file.
package starter

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/config"
)

// SchemaFile is the name of the JSON Schema in the config's folder. With it, editors
// complete the config, also without a network.
const SchemaFile = "fanql.schema.json"

// more has other keys of a config, as comments. To use one, the user only has to remove the
// #.
const more = `
# Limits of all runs; flags come before them.
#defaults: {timeout: 30s, connect_timeout: 5s}

# Saved queries, with parameters; fanql queries lists them.
#queries:
#  orders:
#    describe: orders by region
#    sql: select region, count(*) as orders from orders where placed_at >= :since group by region
#    params: {since: {type: date, default: 2026-01-01}}

# Checks: fanql check
#checks:
#  no-negative-amounts:
#    sql: select count(*) as n from orders where amount < 0
#    expect: n = 0

# More sources, tables, queries and checks in files of their own.
#include: [checks/*.yaml]
`

// Text returns a config with the sources and with explaining comments. Schema is the path
// of the schema for editors, relative to the config's folder; empty is none.
func Text(sources []config.Draft, schema string) string {
	var b strings.Builder
	if schema != "" {
		fmt.Fprintln(&b, "# yaml-language-server: $schema="+schema)
	}
	b.WriteString(`# The config of fanql, which reads it in this folder. All keys: fanql help config.
# Is it right? fanql config check. Do the databases answer? fanql sources ping.

# The databases, by name: a URL, or {url: URL, tags: [prod], timeout: 10s}.
# ${env:NAME}, ${file:PATH} and ${keyring:NAME} stand for what is kept elsewhere.
sources:
`)
	for _, s := range sources {
		fmt.Fprintf(&b, "  %s\n", s.Entry())
	}
	b.WriteString(more)
	return b.String()
}

// Variable returns the name of an environment variable for the password of a source.
func Variable(source string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, source)
	if name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name + "_PASSWORD"
}
