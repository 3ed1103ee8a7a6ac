// Which pragmas only read: the one list for the check of a statement's text and for the
// guard.

package sqlite

import "strings"

// pragmaReads reports whether a pragma, in any case, only reads when it has no value, and
// whether it also only reads with an argument in parentheses. For most other pragmas such
// an argument is an assignment.
func pragmaReads(name string) (argument, reads bool) {
	argument, reads = readOnlyPragmas[strings.ToLower(name)]
	return argument, reads
}

// readOnlyPragmas says whether each takes an argument. Pragmas that do something even
// without a value are missing here (incremental_vacuum, optimize, shrink_memory,
// wal_checkpoint).
var readOnlyPragmas = map[string]bool{
	"foreign_key_check": true,
	"foreign_key_list":  true,
	"index_info":        true,
	"index_list":        true,
	"index_xinfo":       true,
	"integrity_check":   true,
	"quick_check":       true,
	"table_info":        true,
	"table_list":        true,
	"table_xinfo":       true,

	// Properties of the database.
	"application_id":     false,
	"auto_vacuum":        false,
	"collation_list":     false,
	"compile_options":    false,
	"data_version":       false,
	"database_list":      false,
	"default_cache_size": false,
	"encoding":           false,
	"freelist_count":     false,
	"function_list":      false,
	"journal_mode":       false,
	"module_list":        false,
	"page_count":         false,
	"page_size":          false,
	"pragma_list":        false,
	"schema_version":     false,
	"user_version":       false,

	// Properties of the connection, which is ours and ends with the query.
	"analysis_limit":            false,
	"automatic_index":           false,
	"busy_timeout":              false,
	"cache_size":                false,
	"cache_spill":               false,
	"cell_size_check":           false,
	"checkpoint_fullfsync":      false,
	"defer_foreign_keys":        false,
	"foreign_keys":              false,
	"fullfsync":                 false,
	"hard_heap_limit":           false,
	"ignore_check_constraints":  false,
	"journal_size_limit":        false,
	"legacy_alter_table":        false,
	"locking_mode":              false,
	"max_page_count":            false,
	"mmap_size":                 false,
	"query_only":                false,
	"read_uncommitted":          false,
	"recursive_triggers":        false,
	"reverse_unordered_selects": false,
	"secure_delete":             false,
	"soft_heap_limit":           false,
	"synchronous":               false,
	"temp_store":                false,
	"threads":                   false,
	"trusted_schema":            false,
	"wal_autocheckpoint":        false,
	"writable_schema":           false,
}
