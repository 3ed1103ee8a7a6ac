// A thin layer over the SQLite that package sqlite3 compiles: rows
// go from SQLite into a batch's cells and arena many at a time, in one crossing,
// with nothing boxed, parsed or allocated between. A crossing itself is cheap.

#include "layer.h"

#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "_cgo_export.h"

static int look(void *stop) { return __atomic_load_n((int *)stop, __ATOMIC_RELAXED); }

// Opens for reading alone. The handler makes sure of an interrupt that comes
// just before a statement's first step, which SQLite itself would forget.
int fanql_open(const char *uri, int busy_ms, int *stop, sqlite3 **db) {
	int rc = sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, 0);
	if (rc != SQLITE_OK) return rc;
	sqlite3_busy_timeout(*db, busy_ms);
	sqlite3_progress_handler(*db, 1000, look, stop);
	sqlite3_limit(*db, SQLITE_LIMIT_ATTACHED, 0);
	rc = fanql_functions(*db);
	if (rc != SQLITE_OK) return rc;
	rc = sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
	if (rc != SQLITE_OK) return rc;
	// "x" is a column, and never the text x for want of one, as in SQLite's own shell
	// since 3.41.
	rc = sqlite3_db_config(*db, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
	if (rc != SQLITE_OK) return rc;
	// The rest of what sqlite.org/security.html advises for files of others: nothing that
	// reaches into a file past SQL, pages that are checked as they are read, and no
	// memory that another process can change.
	rc = sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
	if (rc != SQLITE_OK) return rc;
	return sqlite3_exec(*db, "pragma cell_size_check = on; pragma mmap_size = 0; pragma query_only = on", 0, 0, 0);
}

// Opens for writing; whether the file may be created is in the URI's mode.
int fanql_open_writing(const char *uri, int busy_ms, int *stop, sqlite3 **db) {
	int rc = sqlite3_open_v2(uri, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, 0);
	if (rc != SQLITE_OK) return rc;
	sqlite3_busy_timeout(*db, busy_ms);
	sqlite3_progress_handler(*db, 1000, look, stop);
	sqlite3_limit(*db, SQLITE_LIMIT_ATTACHED, 0);
	rc = sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
	if (rc != SQLITE_OK) return rc;
	rc = sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
	if (rc != SQLITE_OK) return rc;
	return sqlite3_exec(*db, "pragma cell_size_check = on; pragma mmap_size = 0", 0, 0, 0);
}

// glibc keeps what is freed for each thread that it was allocated on: after a
// hundred databases whose rows were sorted that was 100 MiB. Small ones, of which
// there may be thousands, leave nothing to give back.
int fanql_close(sqlite3 *db) {
	int rc = sqlite3_close(db);
#ifdef __GLIBC__
	if (sqlite3_memory_highwater(0) - sqlite3_memory_used() > 4 << 20) { // freed since the last time
		sqlite3_memory_highwater(1);
		malloc_trim(0);
	}
#endif
	return rc;
}

void fanql_interrupt(sqlite3 *db, int *stop) {
	__atomic_store_n(stop, 1, __ATOMIC_RELAXED);
	sqlite3_interrupt(db);
}

static int authorize(void *handle, int action, const char *a, const char *b, const char *database, const char *inner) {
	return fanqlAuthorize((uintptr_t)handle, action, (char *)a, (char *)b);
}

int fanql_authorize(sqlite3 *db, uintptr_t handle) {
	return sqlite3_set_authorizer(db, authorize, (void *)handle);
}

// Runs an INSERT for each row. SQLite reads texts and blobs where they are, and no longer
// than until the next reset. Done is the number of rows that are in.
int fanql_insert(sqlite3_stmt *stmt, const int *stop, int width, int64_t rows, const fanql_cell *cells, const uint8_t *arena, int64_t *done) {
	int rc = SQLITE_OK;
	for (*done = 0; *done < rows && rc == SQLITE_OK; cells += width) {
		for (int i = 0; i < width && rc == SQLITE_OK; i++) {
			const fanql_cell *c = cells + i;
			const void *at = c->len ? (const void *)(arena + c->bits) : (const void *)"";
			double d;
			switch (c->kind) {
			case KIND_INT: rc = sqlite3_bind_int64(stmt, i + 1, (long long)c->bits); break;
			case KIND_FLOAT:
				memcpy(&d, &c->bits, sizeof d);
				rc = sqlite3_bind_double(stmt, i + 1, d);
				break;
			case KIND_TEXT: rc = sqlite3_bind_text(stmt, i + 1, at, (int)c->len, 0); break;
			case KIND_BYTES: rc = sqlite3_bind_blob(stmt, i + 1, at, (int)c->len, 0); break;
			default: rc = sqlite3_bind_null(stmt, i + 1);
			}
		}
		if (rc != SQLITE_OK) break;
		if (look((void *)stop)) rc = SQLITE_INTERRUPT;
		else if ((rc = sqlite3_step(stmt)) == SQLITE_DONE) {
			rc = sqlite3_reset(stmt);
			if (rc == SQLITE_OK) ++*done;
		} else if (rc == SQLITE_ROW) rc = 21; // SQLITE_MISUSE: it is no INSERT
	}
	if (rc == SQLITE_OK) sqlite3_clear_bindings(stmt);
	return rc;
}

int fanql_bind_text(sqlite3_stmt *stmt, int i, const char *text, int length) {
	return sqlite3_bind_text(stmt, i, text, length, (void (*)(void *))-1); // copied
}

// Whether it is UTF-8 as Go has it: no surrogates, nothing overlong or beyond
// U+10FFFF.
static int valid(const unsigned char *p, int64_t n) {
	const unsigned char *end = p + n;
	while (p < end) {
		uint64_t word;
		while (end - p >= 8 && (memcpy(&word, p, 8), !(word & 0x8080808080808080ull))) p += 8;
		while (p < end && *p < 0x80) p++;
		if (p == end) return 1;

		int more = *p < 0xC2 ? -1 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : *p < 0xF5 ? 3 : -1;
		if (more < 0 || end - p <= more) return 0;
		unsigned char low = 0x80, high = 0xBF; // of the second byte
		switch (*p) {
		case 0xE0: low = 0xA0; break;
		case 0xED: high = 0x9F; break;
		case 0xF0: low = 0x90; break;
		case 0xF4: high = 0x8F; break;
		}
		if (p[1] < low || p[1] > high) return 0;
		for (int i = 2; i <= more; i++)
			if ((p[i] & 0xC0) != 0x80) return 0;
		p += more + 1;
	}
	return 1;
}

// Appends the row that the statement stands on. Where there is no room it says
// how much is wanted, and leaves the batch as it was.
static int append(sqlite3_stmt *stmt, int width, fanql_cell *cells, uint8_t *arena, fanql_state *s) {
	if (s->cells_cap - s->cells < width) {
		s->want_cells = s->cells + width;
		return FANQL_GROW;
	}
	int64_t used = s->arena;
	int32_t escape = 0;
	fanql_cell *c = cells + s->cells;
	for (int i = 0; i < width; i++, c++) {
		memset(c, 0, sizeof *c);
		// Such a value is unprotected: for a connection of one thread alone. Asking
		// the columns themselves looks it up three times.
		sqlite3_value *v = sqlite3_column_value(stmt, i);
		const void *from;
		switch (sqlite3_value_type(v)) {
		case SQLITE_INTEGER:
			c->kind = KIND_INT;
			c->bits = (uint64_t)sqlite3_value_int64(v);
			continue;
		case SQLITE_FLOAT: {
			double d = sqlite3_value_double(v);
			c->kind = KIND_FLOAT;
			memcpy(&c->bits, &d, sizeof d);
			continue;
		}
		case SQLITE_TEXT:
			c->kind = KIND_TEXT;
			from = sqlite3_value_text(v);
			break;
		case SQLITE_BLOB:
			c->kind = KIND_BYTES;
			from = sqlite3_value_blob(v);
			break;
		default:
			continue;
		}
		int64_t n = sqlite3_value_bytes(v);
		if (s->max_cell && n > s->max_cell) {
			s->column = i;
			return FANQL_LARGE;
		}
		// Only a blob of length 0 has no address.
		if (!from && (c->kind == KIND_TEXT || n)) return SQLITE_NOMEM;
		if (s->arena_cap - used < n) {
			s->want_arena = used + n;
			return FANQL_GROW;
		}
		if (n) memcpy(arena + used, from, (size_t)n);
		c->flags = FLAG_IN_ARENA;
		if (c->kind == KIND_TEXT && !valid(arena + used, n)) {
			c->flags |= FLAG_ESCAPED;
			escape++;
		}
		c->bits = (uint64_t)used;
		c->len = (uint32_t)n;
		used += n;
	}
	s->rows++;
	s->cells += width;
	s->arena = used;
	s->escape += escape;
	return SQLITE_OK;
}

// Adds rows to the batch until it is full, no room is left or there are no more.
int fanql_fill(sqlite3_stmt *stmt, const int *stop, int width, fanql_cell *cells, uint8_t *arena, fanql_state *s) {
	for (;;) {
		if (!s->held) {
			int rc = sqlite3_step(stmt);
			if (rc != SQLITE_ROW) return rc;
			if (look((void *)stop)) return SQLITE_INTERRUPT; // one long opcode has not looked
			s->held = 1;
			if (!s->max_rows) return FANQL_FULL;
		}
		int rc = append(stmt, width, cells, arena, s);
		if (rc != SQLITE_OK) return rc;
		s->held = 0;
		if (s->rows >= s->max_rows || s->cells * (int64_t)sizeof(fanql_cell) + s->arena >= s->max_bytes) return FANQL_FULL;
	}
}
