// The kinds of databases and the URL schemes that name them.

package config

import (
	"maps"
	"slices"
)

// A Kind is a kind of database: which driver asks it, in which dialect.
type Kind string

// The kinds there are.
const (
	Postgres Kind = "postgres"
	MySQL    Kind = "mysql" // and MariaDB
	SQLite   Kind = "sqlite"
)

var schemes = map[string]Kind{
	"postgres":   Postgres,
	"postgresql": Postgres,
	"pg":         Postgres,
	"mysql":      MySQL,
	"mariadb":    MySQL,
	"my":         MySQL,
	"sqlite":     SQLite,
	"sqlite3":    SQLite,
	"sq":         SQLite,
	"file":       SQLite,
}

func schemeNames() []string { return slices.Sorted(maps.Keys(schemes)) }

// sqliteSuffixes make a SQLite source of a path without a scheme.
var sqliteSuffixes = []string{".db", ".sqlite", ".sqlite3"}
