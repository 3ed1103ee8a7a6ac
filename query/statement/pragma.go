// The pragmas of SQLite that read.

package statement

import "strings"

// pragmas maps those that read, when they stand without a value, to whether
// they read with an argument in parentheses as well: for most others that is an
// assignment.
var pragmas = map[string]bool{
	"application_id": false, "auto_vacuum": false, "cache_size": false,
	"collation_list": false, "compile_options": false, "data_version": false,
	"database_list": false, "encoding": false, "foreign_key_check": true,
	"foreign_key_list": true, "foreign_keys": false, "freelist_count": false,
	"function_list": false, "index_info": true, "index_list": true,
	"index_xinfo": true, "integrity_check": true, "journal_mode": false,
	"max_page_count": false, "mmap_size": false, "module_list": false,
	"page_count": false, "page_size": false, "pragma_list": false,
	"query_only": false, "quick_check": true, "schema_version": false,
	"table_info": true, "table_list": true, "table_xinfo": true,
	"user_version": false,
}

// pragma: PRAGMA [schema.]name [(argument)].
func (t *parsed) pragma() error {
	i := 1
	if t.symbol(2) == "." {
		i = 3
	}
	name := strings.ToLower(t.word(i))
	argument, reads := pragmas[name]
	if name == "" {
		return t.refuse(0)
	}
	if !reads {
		return t.fault(t.tokens[i].start, "a query only reads: PRAGMA %s is not sent", name)
	}
	if i++; i == len(t.tokens) {
		return nil
	}
	if !argument || t.symbol(i) != "(" || t.past(i) != len(t.tokens) {
		return t.fault(t.tokens[i].start, "a query only reads: PRAGMA %s is not sent with a value", name)
	}
	return nil
}
