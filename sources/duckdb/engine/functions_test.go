// The functions that the user's SQL may call.

package engine

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

// refusedNames are the functions in DuckDB's catalog that the user's SQL must not call. If
// a new version of DuckDB has functions that are in neither list, add each to one of the
// lists.
const refusedNames = `
	__internal_compress_integral_ubigint __internal_compress_integral_uinteger
	__internal_compress_integral_usmallint __internal_compress_integral_utinyint
	__internal_compress_string_hugeint __internal_compress_string_ubigint __internal_compress_string_uhugeint
	__internal_compress_string_uinteger __internal_compress_string_usmallint __internal_compress_string_utinyint
	__internal_decompress_integral_bigint __internal_decompress_integral_hugeint
	__internal_decompress_integral_integer __internal_decompress_integral_smallint
	__internal_decompress_integral_ubigint __internal_decompress_integral_uhugeint
	__internal_decompress_integral_uinteger __internal_decompress_integral_usmallint __internal_decompress_string
	add_parquet_key all_profiling_output arrow_scan arrow_scan_dumb can_cast_implicitly check_peg_parser
	checkpoint collations combine copy_database current_setting currval database_list database_size
	disable_checkpoint_on_shutdown disable_logging disable_object_cache disable_optimizer disable_peg_parser
	disable_print_progress_bar disable_profile disable_profiling disable_progress_bar disable_verification
	disable_verify_external disable_verify_fetch_row disable_verify_parallelism disable_verify_serializer
	duckdb_approx_database_count duckdb_connection_count duckdb_coordinate_systems
	duckdb_extensions duckdb_external_file_cache duckdb_log_contexts duckdb_logs duckdb_logs_parsed duckdb_memory
	duckdb_optimizers duckdb_prepared_statements duckdb_profiling_settings duckdb_secret_types duckdb_secrets
	duckdb_settings duckdb_table_sample duckdb_temporary_files duckdb_variables
	enable_checkpoint_on_shutdown enable_logging enable_object_cache enable_optimizer enable_peg_parser
	enable_print_progress_bar enable_profile enable_profiling enable_progress_bar enable_verification
	extension_versions finalize force_checkpoint functions getvariable glob import_database in_search_path
	json_execute_serialized_sql json_serialize_plan metadata_info nextval parquet_bloom_probe
	parquet_file_metadata parquet_full_metadata parquet_kv_metadata parquet_metadata parquet_scan parquet_schema
	parse_duckdb_log_message platform pragma_database_size pragma_metadata_info pragma_storage_info
	pragma_user_agent query read_blob read_csv read_csv_auto read_duckdb read_json read_json_auto
	read_json_objects read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects read_parquet
	read_text seq_scan show show_databases show_tables show_tables_expanded sniff_csv sql_auto_complete stats
	storage_info table_info truncate_duckdb_logs user_agent vector_type verify_external verify_fetch_row
	verify_parallelism verify_serializer which_secret write_log
`

func TestHostileEveryFunctionOfDuckDBIsSorted(t *testing.T) {
	db := opened(t, Options{})
	refused := strings.Fields(refusedNames)
	names := map[string]bool{}
	err := db.Query(t.Context(), "select distinct function_name from duckdb_functions()", func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			names[strings.ToLower(string(b.AppendText(nil, b.Row(i)[0])))] = true
		}
		return nil
	})
	if err != nil || len(names) < 800 {
		t.Fatalf("%d functions, %v", len(names), err)
	}
	for name := range names {
		if in, out := callable(name), slices.Contains(refused, name); in == out {
			t.Errorf("function %s: in the list of allowed functions: %v, of refused functions: %v; it must be in exactly one", name, in, out)
		}
	}
	for _, name := range append(strings.Fields(functionNames), refused...) {
		if !names[name] {
			t.Errorf("function %s is in a list, and DuckDB has no such function", name)
		}
	}
}

func TestHostileAFunctionThatMayDoMoreThanGiveValuesIsRefused(t *testing.T) {
	db := opened(t, Options{})
	for _, sql := range []string{
		"from enable_logging(storage='stdout')", "select write_log('x')", "select ('x').WRITE_LOG()", `select "Write_Log"('x') over ()`,
		"select * from rows order by write_log('x')", "with a as (select write_log('x')) from a", "from query('select write_log(''x'')')",
		"select main.write_log('x')", "select system.main.write_log('x')", "select [write_log(x) for x in ['a']]",
		"select list_transform(['a'], lambda x: write_log(x))", "from rows limit (select write_log('1')::int)",
		"pivot rows on source in ('eu') using max(write_log('x'))", "describe select write_log('x')", "summarize select write_log('x')",
		"from rows, lateral (select write_log(source))", "select * replace (write_log(source) as source) from rows",
		"select columns(c -> write_log(c) is null) from rows", "from rows qualify write_log('x') is null", "values (write_log('x'))",
		"select sum(1) filter (where write_log('x') is null) over (partition by write_log('x')) from rows",
		"select case when true then write_log('x') end", "select write_log('x') in (1)", "select {'a': write_log('x')}", "from unnest([write_log('x')])",
		"from rows join rows r on write_log('x') is null", "select 1 group by write_log('x')", "select 1 union all select write_log('x')",
		"from json_execute_serialized_sql('{}')", "from read_text('/etc/passwd')", "from read_blob(':memory:')", "from arrow_scan(1, 2, 3)",
		"from checkpoint()", "from duckdb_settings()", "select current_setting('temp_directory')", "from pragma_storage_info('rows')",
		"from pg_settings", "select setting from PG_Settings where name = 'temp_directory'", "from pg_catalog.pg_settings", "from system.pg_catalog.pg_settings",
		"from duckdb_logs", "summarize pg_settings", "describe duckdb_logs", "from rows join pg_settings on true", "with a as (from pg_settings) from a",
		"select (select max(setting) from pg_settings)", "from query_table('pg_settings')", "from query_table(['rows', 'pg_settings'])",
		"from query_table('pg_' || 'settings')", "from query_table(upper('pg_settings'))", "from query_table((select 'pg_settings'))",
		"from pg_prepared_statements", "pivot pg_settings on vartype in ('x') using max(setting)",
		"select sum_no_overflow(write_log('1')::int)", "select interval (write_log('1')::int) day",
	} {
		if err := checked(db, sql); err == nil || !strings.Contains(err.Error(), "is not available here") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	wantError(t, checked(db, "select 1,\n  write_log('x')"), "function write_log is not available here: only functions that do nothing but give values are (line 2, column 3)")
	for _, sql := range []string{
		"select coalesce(a, b), nullif(a, 1), try(a), extract(year from d), d at time zone 'UTC', a collate de, current_date, grouping(a) from rows group by all",
		"from range(3)", "from unnest([1])", "from query_table('rows')", "from query_table(['rows', 'eu'])",
		"from duckdb_tables", "from information_schema.columns", "from pg_catalog.pg_class", "from duckdb_views()",
		"select a['x'], a[1:2], a -> 'x', a ->> 'x', x similar to 'y' from rows",
		"select no_such_function(1)", // DuckDB reports this error, with similar names
	} {
		if err := checked(db, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// DuckDB always allows access to the file that it takes for its own database.
func TestHostileTheDatabaseIsNotAFileOfTheFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	names := []string{":memory:", ":memory:.wal", ".wal"}
	for _, name := range names {
		if err := os.WriteFile(name, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := opened(t, Options{})
	for _, name := range append(names, "", "./.wal", "./:memory:") {
		if text, err := db.Value("select max(content) from read_text(" + Literal(name) + ")"); err == nil && strings.Contains(text, "secret") {
			t.Errorf("%q was read: %q", name, text)
		}
	}
}
