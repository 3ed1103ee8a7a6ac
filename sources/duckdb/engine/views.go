// The names of DuckDB's own views. Querying DuckDB for them takes 5 ms for each table of a
// statement, so this is a list. A test compares it with DuckDB's own.

package engine

import (
	"strings"
	"sync"
)

// isInternalView reports whether DuckDB has a view of its own with this name, in any schema.
func isInternalView(name string) bool { return internalViews()[strings.ToLower(name)] }

var internalViews = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(internalViewNames) {
		all[name] = true
	}
	return all
})

const internalViewNames = `
	character_sets check_constraints columns constraint_column_usage constraint_table_usage duckdb_columns duckdb_constraints duckdb_databases duckdb_indexes duckdb_logs duckdb_schemas duckdb_tables
	duckdb_types duckdb_views key_column_usage pg_am pg_attrdef pg_attribute pg_class pg_collation pg_constraint pg_database pg_depend
	pg_description pg_enum pg_index pg_indexes pg_namespace pg_prepared_statements pg_proc pg_sequence pg_sequences pg_settings
	pg_tables pg_tablespace pg_type pg_views pragma_database_list referential_constraints schemata sqlite_master sqlite_schema
	sqlite_temp_master sqlite_temp_schema table_constraints tables views
`
