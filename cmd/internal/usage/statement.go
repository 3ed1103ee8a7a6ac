// SQL or a database instead of a command, as in psql, usql and sq.

package usage

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// statements are the words that begin a statement and are not commands.
var statements = map[string]bool{
	"select": true, "with": true, "values": true, "show": true, "explain": true, "describe": true, "desc": true, "pragma": true, "table": true, "from": true,
	"insert": true, "update": true, "delete": true, "merge": true, "replace": true, "create": true, "alter": true, "drop": true, "truncate": true, "call": true, "begin": true, "set": true,
}

// notACommand returns an error if the first argument of fanql is SQL or names a database.
// It shows no URL, which may hold a password.
func notACommand(cmd *cobra.Command, args []string) error {
	word := strings.TrimSpace(args[0])
	first, _, more := strings.Cut(strings.ToLower(word), " ")
	switch {
	case cmd.HasParent():
		return nil
	case strings.Contains(word, "://") && !more:
		return errors.New("the first word is a URL, and no command: fanql query -s URL 'select 1 as one'")
	case strings.HasPrefix(word, `\`):
		return fmt.Errorf("%s is a command of psql's: %s", word, holdings)
	case isFile(word):
		return fmt.Errorf("%q is a database, and no command: fanql query -s %s 'select 1 as one'", word, word)
	case statements[strings.Trim(first, "(;")] && more:
		return fmt.Errorf("this is SQL, and no command: fanql query '%s'", strings.ReplaceAll(word, "'", `'\''`))
	case statements[first] && len(args) > 1:
		return fmt.Errorf("%q begins SQL, and is no command: fanql query '%s', the whole SQL in quotes", word, strings.Join(args, " "))
	}
	return nil
}

// isFile reports whether a word looks like a file of SQLite or DuckDB.
func isFile(word string) bool {
	switch strings.ToLower(filepath.Ext(word)) {
	case ".db", ".sqlite", ".sqlite3", ".db3", ".duckdb":
		return !strings.ContainsAny(word, " '")
	}
	return false
}
