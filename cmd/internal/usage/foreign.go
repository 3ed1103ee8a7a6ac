// Flags of psql, mysql, usql and sq that fanql has under another name, or does not need.

package usage

import (
	"fmt"

	"github.com/spf13/cobra"
)

// A foreign flag is a flag of another program. Only commands that have the flag own show
// its hint.
type foreign struct{ own, hint string }

const (
	inURL      = "it is a part of the URL: -s postgres://USER@HOST:PORT/DATABASE"
	inPassword = "a password comes from ${env:NAME} in the URL, PGPASSWORD, ~/.pgpass or password_command, never from a flag"
	noStartup  = "fanql reads no startup file: leave it out"
	delimited  = "give --csv --delimiter CHARACTER, or --tsv"
	plainText  = "give --csv or --tsv"
	headless   = "give --no-header"
	upright    = "give -x (--vertical)"
	lines      = "give --jsonl"
	document   = "give -j (--json)"
	parameter  = "give -p NAME=VALUE, which is :NAME in the SQL"
	inline     = "give -c SQL"
	listing    = "fanql sources lists the sources of the config, and fanql tables their tables"
	readsOnly  = "each source is read in one read-only statement: leave it out"
	shown      = "--dry-run shows what is sent"
	noColour   = "NO_COLOR=1 in the environment leaves colours out"
	html       = "give --markdown, or --xlsx -o FILE"
)

// foreignFlags are such flags, by name or letter.
var foreignFlags = map[string]foreign{
	"d": {"source", inURL}, "dbname": {"source", inURL}, "database": {"source", inURL}, "D": {"source", inURL},
	"host": {"source", inURL}, "port": {"source", inURL}, "U": {"source", inURL}, "u": {"source", inURL},
	"user": {"source", inURL}, "username": {"source", inURL},
	"P": {"source", "a port is a part of the URL; the looks of tables are --style, --null and --no-header"},
	"W": {"source", inPassword}, "w": {"source", inPassword}, "password": {"source", inPassword}, "no-password": {"source", inPassword},
	"dsn": {"source", "give -s URL"}, "src": {"source", "give -s NAME"},
	"driver": {"source", "the scheme of the URL tells: -s mysql://USER@HOST/DATABASE"},
	"X":      {"source", noStartup}, "no-psqlrc": {"source", noStartup}, "no-rc": {"source", noStartup},
	"l": {"source", listing}, "list": {"source", listing}, "1": {"source", readsOnly}, "single-transaction": {"source", readsOnly},
	"monochrome": {"source", noColour}, "M": {"source", noColour}, "no-color": {"source", noColour},
	"A": {"csv", plainText}, "no-align": {"csv", plainText}, "unaligned": {"csv", plainText}, "C": {"csv", "give --csv"},
	"F": {"csv", delimited}, "field-separator": {"csv", delimited}, "R": {"csv", delimited}, "record-separator": {"csv", delimited},
	"z": {"csv", delimited}, "field-separator-zero": {"csv", delimited}, "0": {"csv", delimited}, "record-separator-zero": {"csv", delimited},
	"T": {"tsv", "give --tsv"}, "B": {"tsv", "give --tsv"}, "batch": {"tsv", "give --tsv"},
	"H": {"markdown", html}, "html": {"markdown", html}, "table-attr": {"markdown", html},
	"N": {"no-header", headless}, "skip-column-names": {"no-header", headless},
	"header": {"no-header", "it is printed unless you give --no-header"}, "column-names": {"no-header", "they are printed unless you give --no-header"},
	"E": {"vertical", upright}, "expanded": {"vertical", upright}, "G": {"vertical", upright},
	"J": {"jsonl", lines}, "jsona": {"jsonl", lines}, "json-array": {"jsonl", lines}, "json-lines": {"jsonl", lines}, "ndjson": {"jsonl", lines},
	"yaml": {"json", document}, "y": {"json", document}, "xml": {"json", document},
	"v": {"param", parameter}, "set": {"param", parameter}, "variable": {"param", parameter}, "arg": {"param", parameter},
	"pset": {"style", "give --style, --null or --no-header"},
	"e":    {"command", inline}, "execute": {"command", inline}, "sql": {"command", inline},
	"a": {"dry-run", shown}, "echo-all": {"dry-run", shown}, "echo-queries": {"dry-run", shown}, "b": {"dry-run", shown},
	"L": {"report", "give --report FILE"}, "log-file": {"report", "give --report FILE"},
	"tee": {"output", "give -o FILE"}, "out": {"output", "give -o FILE"},
	"insert": {"output", "fanql load --to TARGET --table NAME puts the rows into a table"},
	"n":      {"limit", "give --limit N for the first rows"},
	"silent": {"quiet", "give -q (--quiet)"}, "S": {"quiet", "give -q (--quiet)"},
	"max-time": {"timeout", "give --timeout DURATION"}, "statement-timeout": {"timeout", "give --timeout DURATION"},
	"connect_timeout": {"connect-timeout", "give --connect-timeout DURATION"},
}

// foreignCommands are commands of sq, sqlite3 and usql that fanql has under another name.
var foreignCommands = map[string]string{
	"ls": "fanql sources lists the sources", "src": "fanql sources lists the sources", "list": "fanql sources lists the sources",
	"databases": "fanql sources lists the sources", "add": "fanql sources add NAME URL adds a source",
	"rm": "fanql sources remove NAME removes a source", "remove": "fanql sources remove NAME removes a source",
	"mv": "fanql sources rename OLD NEW renames a source", "rename": "fanql sources rename OLD NEW renames a source",
	"ping": "fanql sources ping tries the sources", "inspect": holdings, "tbl": holdings, "describe": holdings,
	"exec": "fanql query sends SQL that reads, and fanql load loads rows", "run": "fanql query sends SQL",
}

// holdings is the hint for users who want to list the content of a database.
const holdings = "fanql tables, fanql columns TABLE and fanql schema show what the sources hold"

// foreignFlag returns the error for a flag of another program. It returns nil if the word
// is not such a flag, or if the hint does not suit the command.
func foreignFlag(cmd *cobra.Command, word string) error {
	f, ok := foreignFlags[word]
	if !ok || cmd.Flags().Lookup(f.own) == nil {
		return nil
	}
	dashes := "--"
	if len(word) == 1 {
		dashes = "-"
	}
	return fmt.Errorf("unknown flag %s%s: %s", dashes, word, f.hint)
}
