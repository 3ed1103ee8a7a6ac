// What engine needs of SQLite, declared here: the package that compiles SQLite
// keeps its header to itself. See layer.c.

#ifndef FANQL_LAYER_H
#define FANQL_LAYER_H

#include <stdint.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_value sqlite3_value;
typedef struct sqlite3_context sqlite3_context;

// cgo links each package on its own first, where SQLite is not there yet.
#ifdef __APPLE__
#define SQLITE(result) extern result
#else
#define SQLITE(result) extern __attribute__((weak)) result
#endif

SQLITE(int) sqlite3_open_v2(const char *, sqlite3 **, int, const char *);
SQLITE(int) sqlite3_close(sqlite3 *);
SQLITE(long long) sqlite3_memory_highwater(int);
SQLITE(long long) sqlite3_memory_used(void);
SQLITE(int) sqlite3_errcode(sqlite3 *);
SQLITE(int) sqlite3_extended_errcode(sqlite3 *);
SQLITE(int) sqlite3_system_errno(sqlite3 *);
SQLITE(const char *) sqlite3_errmsg(sqlite3 *);
SQLITE(int) sqlite3_error_offset(sqlite3 *);
SQLITE(int) sqlite3_busy_timeout(sqlite3 *, int);
SQLITE(int) sqlite3_db_config(sqlite3 *, int, ...);
SQLITE(int) sqlite3_limit(sqlite3 *, int, int);
SQLITE(void) sqlite3_interrupt(sqlite3 *);
SQLITE(void) sqlite3_progress_handler(sqlite3 *, int, int (*)(void *), void *);
SQLITE(int) sqlite3_set_authorizer(sqlite3 *,
	int (*)(void *, int, const char *, const char *, const char *, const char *), void *);
SQLITE(int) sqlite3_exec(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);

SQLITE(int) sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
SQLITE(int) sqlite3_finalize(sqlite3_stmt *);
SQLITE(int) sqlite3_step(sqlite3_stmt *);
SQLITE(int) sqlite3_stmt_readonly(sqlite3_stmt *);
SQLITE(int) sqlite3_stmt_isexplain(sqlite3_stmt *);
SQLITE(int) sqlite3_bind_parameter_count(sqlite3_stmt *);
SQLITE(int) sqlite3_reset(sqlite3_stmt *);
SQLITE(int) sqlite3_clear_bindings(sqlite3_stmt *);
SQLITE(int) sqlite3_bind_blob(sqlite3_stmt *, int, const void *, int, void (*)(void *));
SQLITE(int) sqlite3_bind_null(sqlite3_stmt *, int);
SQLITE(int) sqlite3_bind_int64(sqlite3_stmt *, int, long long);
SQLITE(int) sqlite3_bind_double(sqlite3_stmt *, int, double);
SQLITE(int) sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
SQLITE(int) sqlite3_column_count(sqlite3_stmt *);
SQLITE(const char *) sqlite3_column_name(sqlite3_stmt *, int);
SQLITE(const char *) sqlite3_column_decltype(sqlite3_stmt *, int);
SQLITE(const unsigned char *) sqlite3_column_text(sqlite3_stmt *, int);
SQLITE(sqlite3_value *) sqlite3_column_value(sqlite3_stmt *, int);
SQLITE(int) sqlite3_value_type(sqlite3_value *);
SQLITE(long long) sqlite3_value_int64(sqlite3_value *);
SQLITE(double) sqlite3_value_double(sqlite3_value *);
SQLITE(const unsigned char *) sqlite3_value_text(sqlite3_value *);
SQLITE(const void *) sqlite3_value_blob(sqlite3_value *);
SQLITE(int) sqlite3_value_bytes(sqlite3_value *);
SQLITE(int) sqlite3_value_encoding(sqlite3_value *);

SQLITE(int) sqlite3_create_function_v2(sqlite3 *, const char *, int, int, void *,
	void (*)(sqlite3_context *, int, sqlite3_value **), void (*)(sqlite3_context *, int, sqlite3_value **),
	void (*)(sqlite3_context *), void (*)(void *));
SQLITE(void *) sqlite3_aggregate_context(sqlite3_context *, int);
SQLITE(void) sqlite3_result_int(sqlite3_context *, int);
SQLITE(void) sqlite3_result_text(sqlite3_context *, const char *, int, void (*)(void *));
SQLITE(void) sqlite3_result_error(sqlite3_context *, const char *, int);

// The numbers of sqlite3.h that are used; they are part of its file format and
// interface, and never change.
enum {
	SQLITE_OK = 0,
	SQLITE_DENY = 1,
	SQLITE_NOMEM = 7,
	SQLITE_INTERRUPT = 9,
	SQLITE_ROW = 100,
	SQLITE_DONE = 101,

	SQLITE_OPEN_READONLY = 0x1,
	SQLITE_OPEN_READWRITE = 0x2,
	SQLITE_OPEN_CREATE = 0x4,
	SQLITE_OPEN_URI = 0x40,
	SQLITE_OPEN_NOMUTEX = 0x8000,

	SQLITE_LIMIT_LENGTH = 0,
	SQLITE_LIMIT_ATTACHED = 7,
	SQLITE_DBCONFIG_DEFENSIVE = 1010,
	SQLITE_DBCONFIG_DQS_DML = 1013,
	SQLITE_DBCONFIG_TRUSTED_SCHEMA = 1017,

	SQLITE_INTEGER = 1,
	SQLITE_FLOAT = 2,
	SQLITE_TEXT = 3,
	SQLITE_BLOB = 4,
	SQLITE_NULL = 5,

	SQLITE_UTF8 = 1,
	SQLITE_DETERMINISTIC = 0x800,
	SQLITE_DIRECTONLY = 0x80000,
};

// row.Cell, and of row.Kind and row.Flags what is stored here; statement.go compares.
typedef struct {
	uint64_t bits;
	uint32_t len;
	uint8_t kind, scale, flags, unused;
} fanql_cell;

enum { KIND_NULL = 0, KIND_INT = 2, KIND_FLOAT = 4, KIND_TEXT = 10, KIND_BYTES = 12 };
enum { FLAG_IN_ARENA = 1, FLAG_ESCAPED = 4 };

// How fanql_fill came to its end, beside what SQLite returns.
enum {
	FANQL_FULL = 1000,  // the batch is full, or more rows may not be taken
	FANQL_GROW = 1001,  // want_cells or want_arena are to be there for the next row
	FANQL_LARGE = 1002, // the value in column is larger than max_cell
};

// fanql_fill's state: what the batch holds, and what it may.
typedef struct {
	int64_t rows, cells, arena;           // that are in use
	int64_t cells_cap, arena_cap;         // that are there
	int64_t max_rows, max_bytes, max_cell;
	int64_t want_cells, want_arena;       // capacities, after FANQL_GROW
	int32_t column;                       // after FANQL_LARGE
	int32_t held;                         // the statement stands on a row that is not in the batch
	int32_t escape;                       // texts that are not UTF-8, marked as escaped and still raw
} fanql_state;

int fanql_open(const char *uri, int busy_ms, int *stop, sqlite3 **db);
int fanql_open_writing(const char *uri, int busy_ms, int *stop, sqlite3 **db);
int fanql_close(sqlite3 *db);
int fanql_functions(sqlite3 *db);
int fanql_authorize(sqlite3 *db, uintptr_t handle);
int fanql_bind_text(sqlite3_stmt *stmt, int i, const char *text, int length);
int fanql_fill(sqlite3_stmt *stmt, const int *stop, int width, fanql_cell *cells, uint8_t *arena, fanql_state *s);
int fanql_insert(sqlite3_stmt *stmt, const int *stop, int width, int64_t rows, const fanql_cell *cells, const uint8_t *arena, int64_t *done);
void fanql_interrupt(sqlite3 *db, int *stop);

#endif
