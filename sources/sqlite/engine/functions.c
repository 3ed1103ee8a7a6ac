// Functions of ours in SQL: whether cells are values of the types that others share, sums that
// lose no digit, and the least and the greatest of cells that are checked in the same call. A
// condition of SQLite's own functions took three times as long.

#include "layer.h"

#include <string.h>

// One digit more, and the nearest double is no longer that of one decimal alone.
#define MOST_EXACT 999999999999999LL

// The scales of decimals that a double can have digits for.
#define MOST_SCALE 15

// The bytes of a timestamp with six digits of a fraction.
#define LONGEST_TIMESTAMP 26

static const char contradiction[] = "a cell is of another type than its column's";

static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// Gives a number as an integer of its last digit, with so many digits after the point; 0 is
// for one that has more of them, or too many altogether.
static int scaled(sqlite3_value *v, int scale, int64_t *n) {
	if (sqlite3_value_type(v) == SQLITE_INTEGER) {
		*n = sqlite3_value_int64(v);
		if (scale == 0) return 1;
		if (scale > MOST_SCALE) return *n == 0;
		int64_t most = MOST_EXACT / (int64_t)powers[scale];
		if (*n > most || *n < -most) return 0;
		*n *= (int64_t)powers[scale];
		return 1;
	}
	if (scale > MOST_SCALE) return 0;
	double d = sqlite3_value_double(v), x = d * powers[scale];
	if (!(x <= MOST_EXACT && x >= -MOST_EXACT)) return 0;
	*n = (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
	return (double)*n / powers[scale] == d;
}

static int digits(const unsigned char *p, int n) {
	int v = 0;
	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9') return -1;
		v = 10 * v + *p - '0';
	}
	return v;
}

// YYYY-MM-DD of a day that there is, of the years 1 to 9999.
static int is_day(const unsigned char *p) {
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (p[4] != '-' || p[7] != '-') return 0;
	int y = digits(p, 4), m = digits(p + 5, 2), d = digits(p + 8, 2);
	if (y < 1 || m < 1 || m > 12 || d < 1) return 0;
	int leap = m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	return d <= days[m - 1] + leap;
}

// YYYY-MM-DD HH:MM:SS, and up to six digits of a fraction where those are wanted.
static int is_timestamp(const unsigned char *p, int n, int fraction) {
	if (n < 19 || !is_day(p) || p[10] != ' ' || p[13] != ':' || p[16] != ':') return 0;
	int h = digits(p + 11, 2), m = digits(p + 14, 2), s = digits(p + 17, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return 0;
	if (n == 19) return 1;
	return fraction && n > 20 && n <= LONGEST_TIMESTAMP && p[19] == '.' && digits(p + 20, n - 20) >= 0;
}

// Whether a cell is none of a kind: see [Contradicts] of package dialect for their letters.
static int contradicts(char kind, int scale, sqlite3_value *v) {
	int type = sqlite3_value_type(v);
	if (type == SQLITE_NULL) return 0;
	switch (kind) {
	case 'i': return type != SQLITE_INTEGER;
	case 'b': {
		if (type != SQLITE_INTEGER) return 1;
		int64_t n = sqlite3_value_int64(v);
		return n != 0 && n != 1;
	}
	case 'f': {
		if (type == SQLITE_FLOAT) return 0;
		if (type != SQLITE_INTEGER) return 1;
		int64_t n = sqlite3_value_int64(v);
		return n > 9007199254740992 || n < -9007199254740992;
	}
	case 'n': {
		int64_t n;
		return type != SQLITE_INTEGER && (type != SQLITE_FLOAT || !scaled(v, scale, &n));
	}
	}
	if (type != SQLITE_TEXT) return 1;
	int utf8 = sqlite3_value_encoding(v) == SQLITE_UTF8;
	// A text would be copied for the zero behind it, which a blob does not need.
	const unsigned char *text = utf8 ? sqlite3_value_blob(v) : sqlite3_value_text(v);
	int n = sqlite3_value_bytes(v);
	if (!text) return kind != 't' || n > 0; // an empty text is no blob
	switch (kind) {
	case 't': return memchr(text, 0, n) != 0;
	case 'd': return n != 10 || !is_day(text);
	case 's': return !is_timestamp(text, n, 0);
	case 'm': return !is_timestamp(text, n, 1);
	}
	return 1;
}

// Looks at all arguments behind the first, which has a letter for each, and behind the
// letter of a decimal its scale in two digits.
static int any_contradicts(int argc, sqlite3_value **argv) {
	const unsigned char *kinds = argc > 0 ? sqlite3_value_text(argv[0]) : 0;
	if (!kinds) return 1;
	for (int i = 1; i < argc; i++) {
		char kind = *kinds;
		if (!kind) return 1;
		int scale = 0;
		kinds++;
		if (kind == 'n') {
			if (!kinds[0] || !kinds[1]) return 1;
			scale = digits(kinds, 2);
			kinds += 2;
			if (scale < 0) return 1;
		}
		if (contradicts(kind, scale, argv[i])) return 1;
	}
	return 0;
}

static void contradicts_function(sqlite3_context *c, int argc, sqlite3_value **argv) {
	sqlite3_result_int(c, any_contradicts(argc, argv));
}

static void check_function(sqlite3_context *c, int argc, sqlite3_value **argv) {
	if (any_contradicts(argc, argv))
		sqlite3_result_error(c, contradiction, -1);
	else
		sqlite3_result_int(c, 1);
}

// A sum is high * 2^32 + low; neither overflows with as many rows as there can be.
typedef struct {
	int64_t high, low, count;
	int scale, bad;
} sum;

static void sum_step(sqlite3_context *c, int argc, sqlite3_value **argv) {
	int type = sqlite3_value_type(argv[0]);
	sum *s = sqlite3_aggregate_context(c, sizeof(sum));
	if (!s || type == SQLITE_NULL) return;
	int64_t n;
	int64_t scale = sqlite3_value_int64(argv[1]);
	s->count++;
	if (scale < 0 || scale > MOST_SCALE) {
		s->bad = 1;
		return;
	}
	s->scale = (int)scale;
	if ((type != SQLITE_INTEGER && type != SQLITE_FLOAT) || !scaled(argv[0], s->scale, &n)) {
		s->bad = 1;
		return;
	}
	s->high += n >> 32;
	s->low += n & 0xffffffff;
}

static void sum_final(sqlite3_context *c) {
	sum *s = sqlite3_aggregate_context(c, 0);
	if (!s || !s->count) return; // NULL
	if (s->bad) {
		sqlite3_result_error(c, "a number has more digits than its column's type", -1);
		return;
	}
	int64_t high = s->high + (s->low >> 32), low = s->low & 0xffffffff;
	int negative = high < 0;
	if (negative) { // the magnitude
		high = low ? -high - 1 : -high;
		low = low ? 0x100000000 - low : 0;
	}
	uint32_t limbs[3] = {(uint32_t)((uint64_t)high >> 32), (uint32_t)high, (uint32_t)low};
	char text[64], *p = text + sizeof text;
	for (int at = 0;; at++) { // digits, from the last one on
		if (at == s->scale && s->scale > 0) *--p = '.';
		if (at > s->scale && !(limbs[0] | limbs[1] | limbs[2])) break;
		uint64_t rest = 0;
		for (int i = 0; i < 3; i++) {
			rest = rest << 32 | limbs[i];
			limbs[i] = (uint32_t)(rest / 10);
			rest %= 10;
		}
		*--p = (char)('0' + rest);
	}
	if (negative) *--p = '-';
	sqlite3_result_text(c, p, (int)(text + sizeof text - p), (void (*)(void *))-1); // copied
}

// The least or the greatest of dates or timestamps, which are texts, so far. length is 0 before
// the first.
typedef struct {
	int length, bad;
	unsigned char text[LONGEST_TIMESTAMP];
} extreme;

// Takes a value for which kind, d, s or m, stands in argv[0]: as the product's own aggregate it
// leaves out NULL and compares bytes, but one that contradicts makes the result an error.
static void extreme_step(sqlite3_context *c, sqlite3_value **argv, int sign) {
	extreme *e = sqlite3_aggregate_context(c, sizeof(extreme));
	if (!e || e->bad || sqlite3_value_type(argv[1]) == SQLITE_NULL) return;
	const unsigned char *kind = sqlite3_value_text(argv[0]);
	if (!kind || !strchr("dsm", *kind) || contradicts((char)*kind, 0, argv[1])) {
		e->bad = 1;
		return;
	}
	const unsigned char *text = sqlite3_value_text(argv[1]);
	int n = sqlite3_value_bytes(argv[1]);
	if (!text) { // there was no memory for it
		e->bad = 1;
		return;
	}
	if (e->length) {
		int order = memcmp(text, e->text, n < e->length ? n : e->length);
		if (sign * (order ? order : n - e->length) >= 0) return;
	}
	memcpy(e->text, text, n);
	e->length = n;
}

static void min_step(sqlite3_context *c, int argc, sqlite3_value **argv) { extreme_step(c, argv, 1); }
static void max_step(sqlite3_context *c, int argc, sqlite3_value **argv) { extreme_step(c, argv, -1); }

static void extreme_final(sqlite3_context *c) {
	extreme *e = sqlite3_aggregate_context(c, 0);
	if (!e || (!e->bad && !e->length)) return; // NULL
	if (e->bad)
		sqlite3_result_error(c, contradiction, -1);
	else
		sqlite3_result_text(c, (const char *)e->text, e->length, (void (*)(void *))-1); // copied
}

int fanql_functions(sqlite3 *db) {
	const int how = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
	int rc = sqlite3_create_function_v2(db, "fanql_contradicts", -1, how, 0, contradicts_function, 0, 0, 0);
	if (rc == SQLITE_OK) rc = sqlite3_create_function_v2(db, "fanql_check", -1, how, 0, check_function, 0, 0, 0);
	if (rc == SQLITE_OK) rc = sqlite3_create_function_v2(db, "fanql_sum", 2, how, 0, 0, sum_step, sum_final, 0);
	if (rc == SQLITE_OK) rc = sqlite3_create_function_v2(db, "fanql_min", 2, how, 0, 0, min_step, extreme_final, 0);
	if (rc == SQLITE_OK) rc = sqlite3_create_function_v2(db, "fanql_max", 2, how, 0, 0, max_step, extreme_final, 0);
	return rc;
}
