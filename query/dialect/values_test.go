// The odd values with which every function and operator is run.

package dialect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// rows is the number of rows in the table of odd values.
const rows = 320

// oddTexts vary case, accents, combining marks and blanks at both ends. They have the
// special characters of LIKE, GLOB and literals, and letters that some collations regard
// as equal to others.
var oddTexts = []string{
	"", " ", "  ", "a", "A", "a ", " a", " a ", "A ", "aa", "ab", "Ab", "abc", "ABC", "aBc", "b", "B", "z", "Z", "0", "00", "1", "-1", "1e0", "10", "9",
	"ä", "Ä", "a\u0308", "A\u0308", "é", "e\u0301", "e", "E", "ß", "ss", "SS", "ẞ", "ı", "i", "I", "İ", "ﬁ", "fi", "ǆ", "ǅ", "Σ", "σ", "ς",
	"日本", "日本語", "🙂", "🙂a", "a🙂", "\u200d", "a\u200d", "\u00a0", "a\u00a0", "\t", "\n", "a\nb", "a\r\nb", "%", "_", "a%b", "a_b", `\`, `\\`, `a\b`, `\%`,
	"|", "a|b", "*", "?", "[a]", "[", "]", "^", "'", "''", "it's", `"`, "`", "a,b", "{a}", "$1", ":x", "null", "NULL", "true", "\x7f", "\x01", "\ufffd", "\uffff", "zzz", "\u0300",
}

// latin are texts that latin1 can encode.
var latin = []string{"", " ", "a", "A", "a ", "ä", "Ä", "ß", "ss", "é", "e", "E", "ÿ", "it's", `\`, "%", "abc", "ABC", "æ", "Ø"}

var oddIntegers = []int64{
	0, 1, -1, 2, -2, 3, 7, -7, 10, 99, 100, 1000, math.MaxInt32, math.MinInt32, math.MaxInt32 + 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, -(1<<53 + 1),
	4_000_000_000_000_000_000, math.MaxInt64 - 1, math.MaxInt64, math.MinInt64 + 1, math.MinInt64,
}

var oddDecimals = []string{"0.00", "0.01", "-0.01", "0.50", "-0.50", "1.50", "2.50", "-2.50", "0.05", "0.15", "1.00", "99.99", "100.00", "9999999999.99", "-9999999999.99", "12345.67", "0.10"}

var oddDoubles = []string{
	"0.0", "-0.0", "0.1", "-0.1", "0.5", "-0.5", "1.5", "2.5", "-2.5", "3.0", "1e+300", "-1e+300", "1e-300", "0.10955390999495608", "0.10955390999495607", "1e+15", "123456789.125",
	"0.1234565", "1.005", "2.675", "1e+22", "4503599627370497.5", "0.49999999999999994", "1e-05",
}

var oddDates = []string{
	"0001-01-01", "0001-12-31", "0099-06-15", "1000-01-01", "1582-10-04", "1582-10-15", "1752-09-14", "1899-12-31", "1900-02-28", "1900-03-01", "1969-12-31", "1970-01-01", "2000-02-29",
	"2016-01-03", "2018-12-31", "2020-12-31", "2021-01-03", "2023-12-31", "2024-01-01", "2024-02-29", "2024-03-31", "2024-12-30", "2026-01-01", "2026-08-31", "2027-01-03", "9999-12-30", "9999-12-31",
}

var oddTimes = []string{"00:00:00", "00:00:01", "12:00:00", "12:34:56", "23:59:59", "08:30:00"}

// picked returns the function for value n of a column. The first values are the odd ones,
// and the others are random. Some are NULL. With the same seed, a column is the same in
// every run.
func picked(seed uint64, odd int, value func(i int) string, random func(*rand.Rand) string) func(int) (string, bool) {
	r := rand.New(rand.NewPCG(seed, 7))
	type cell struct {
		value string
		null  bool
	}
	all := make([]cell, rows)
	for n := range all {
		switch {
		case n < odd:
			all[n].value = value(n)
		case n%11 == 5:
			all[n].null = true
		case random == nil || r.IntN(4) == 0:
			all[n].value = value(r.IntN(odd))
		default:
			all[n].value = random(r)
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return func(n int) (string, bool) { return all[n].value, all[n].null }
}

// textsOf returns values of a text column: a random value is two odd ones joined.
func textsOf(odd []string, seed uint64) func(int) (string, bool) {
	return picked(seed, len(odd), func(i int) string { return odd[i] }, func(r *rand.Rand) string {
		return odd[r.IntN(len(odd))] + odd[r.IntN(len(odd))]
	})
}

func among(odd []string, seed uint64) func(int) (string, bool) {
	return picked(seed, len(odd), func(i int) string { return odd[i] }, nil)
}

func aDay(r *rand.Rand) time.Time {
	return time.Date(1900+r.IntN(200), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
}

var (
	bigintType    = Type{ID: BigInt}
	boolType      = Type{ID: Boolean}
	textType      = Type{ID: Varchar}
	doubleType    = Type{ID: Double}
	dateType      = Type{ID: Date}
	timestampType = Type{ID: Timestamp}
	moneyType     = Type{ID: Decimal, Width: 38, Scale: 2}
)

// oddFields are the columns of the table. Numbers are small enough for arithmetic.
// Results beyond 64 bits have tests of their own.
var oddFields = append(nearFields, []field{
	{name: "i", typ: bigintType, own: everywhere("bigint"), value: picked(1, len(oddIntegers), func(i int) string { return strconv.FormatInt(oddIntegers[i], 10) }, func(r *rand.Rand) string {
		return strconv.FormatInt(int64(r.Uint64()), 10)
	})},
	{name: "j", typ: bigintType, own: map[Product]string{PostgreSQL: "integer", MySQL: "int", MariaDB: "int(11)", SQLite: "INTEGER"}, value: picked(2, 13, func(i int) string {
		return strconv.Itoa([]int{0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 100, 1_000_000_000, -1_000_000_000}[i])
	}, func(r *rand.Rand) string {
		return strconv.Itoa(r.IntN(200) - 100)
	})},
	{name: "k", typ: bigintType, own: map[Product]string{PostgreSQL: "smallint", MySQL: "smallint unsigned", MariaDB: "smallint(5) unsigned", SQLite: "SMALLINT"}, value: picked(3, 5, func(i int) string { return strconv.Itoa([]int{0, 1, 2, 3, 32767}[i]) }, func(r *rand.Rand) string {
		return strconv.Itoa(r.IntN(50))
	})},
	{name: "d", typ: moneyType, own: map[Product]string{PostgreSQL: "numeric(12,2)", MySQL: "decimal(12,2)", MariaDB: "decimal(12,2)", SQLite: "DECIMAL(12,2)"}, value: picked(4, len(oddDecimals), func(i int) string { return oddDecimals[i] }, func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%02d", r.IntN(10_000)-5_000, r.IntN(100))
	})},
	{name: "f", typ: doubleType, own: map[Product]string{PostgreSQL: "double precision", MySQL: "double", MariaDB: "double", SQLite: "REAL"}, value: picked(6, len(oddDoubles), func(i int) string { return oddDoubles[i] }, func(r *rand.Rand) string {
		return strconv.FormatFloat((r.Float64()-0.5)*math.Pow(10, float64(r.IntN(20)-5)), 'g', -1, 64)
	})},
	{name: "b", typ: boolType, own: map[Product]string{PostgreSQL: "boolean", MySQL: "bit(1)", MariaDB: "bit(1)", SQLite: "BOOLEAN"}, value: among([]string{"true", "false"}, 7)},
	{
		name: "s", typ: textType, own: map[Product]string{PostgreSQL: "text", MySQL: "varchar(40)", MariaDB: "varchar(40)", SQLite: "TEXT"}, value: textsOf(oddTexts, 8),
		charset: map[Product]string{MySQL: "utf8mb4", MariaDB: "utf8mb4"}, collation: map[Product]string{MySQL: "utf8mb4_0900_ai_ci", MariaDB: "utf8mb4_general_ci", SQLite: "NOCASE"},
	},
	{
		name: "u", typ: textType, own: map[Product]string{PostgreSQL: "character varying(40)", MySQL: "text", MariaDB: "text", SQLite: "VARCHAR(40)"}, value: textsOf(oddTexts, 9),
		charset: map[Product]string{MySQL: "utf8mb4", MariaDB: "utf8mb4"}, collation: map[Product]string{MySQL: "utf8mb4_bin", MariaDB: "utf8mb4_unicode_ci"},
	},
	{
		name: "l", typ: textType, own: map[Product]string{PostgreSQL: "text", MySQL: "varchar(40)", MariaDB: "varchar(40)", SQLite: "TEXT"}, value: textsOf(latin, 10),
		charset: map[Product]string{MySQL: "latin1", MariaDB: "latin1"}, collation: map[Product]string{MySQL: "latin1_swedish_ci", MariaDB: "latin1_german2_ci"},
	},
	{
		name: "e", typ: textType, own: map[Product]string{PostgreSQL: "text", MySQL: "enum('north','South','')", MariaDB: "enum('north','South','')", SQLite: "TEXT"}, value: among([]string{"north", "South", ""}, 11),
		charset: map[Product]string{MySQL: "utf8mb4", MariaDB: "utf8mb4"}, collation: map[Product]string{MySQL: "utf8mb4_0900_ai_ci", MariaDB: "utf8mb4_general_ci"},
	},
	{name: "dt", typ: dateType, own: everywhere("date"), value: picked(12, len(oddDates), func(i int) string { return oddDates[i] }, func(r *rand.Rand) string {
		return aDay(r).Format(time.DateOnly)
	})},
	{name: "dt2", typ: dateType, own: everywhere("date"), value: picked(13, len(oddDates), func(i int) string { return oddDates[i] }, func(r *rand.Rand) string {
		return aDay(r).Format(time.DateOnly)
	})},
	{name: "ts", typ: timestampType, own: map[Product]string{PostgreSQL: "timestamp without time zone", MySQL: "datetime", MariaDB: "datetime", SQLite: "TIMESTAMP"}, value: picked(14, len(oddDates), func(i int) string {
		return oddDates[i] + " " + oddTimes[i%len(oddTimes)]
	}, func(r *rand.Rand) string {
		return aDay(r).Format(time.DateOnly) + " " + oddTimes[r.IntN(len(oddTimes))]
	})},
}...)

// aDate and aTime return values from 1900 to 2099.
func aDate(r *rand.Rand) string { return aDay(r).Format(time.DateOnly) }
func aTime(r *rand.Rand) string { return aDate(r) + " " + oddTimes[r.IntN(len(oddTimes))] }

// nearFields are dates and timestamps that are not near the limits of what servers store.
var nearFields = []field{
	{name: "dr", typ: dateType, own: everywhere("date"), value: picked(17, 12, func(i int) string { return oddDates[i+11] }, aDate)},
	{
		name: "tr", typ: timestampType, own: map[Product]string{PostgreSQL: "timestamp without time zone", MySQL: "datetime", MariaDB: "datetime", SQLite: "TIMESTAMP"},
		value: picked(18, 12, func(i int) string { return oddDates[i+11] + " " + oddTimes[i%len(oddTimes)] }, aTime),
	},
}

// fineFields have values for which SQLite has no exact form.
var fineFields = []field{
	{name: "w", typ: Type{ID: Decimal, Width: 38, Scale: 10}, own: map[Product]string{PostgreSQL: "numeric(18,10)", MySQL: "decimal(18,10)", MariaDB: "decimal(18,10)", SQLite: "DECIMAL(18,10)"}, value: picked(5, 6, func(i int) string {
		return []string{"0.0000000000", "0.0000000001", "-0.0000000001", "12345678.1234567890", "-1.5000000000", "0.0000000005"}[i]
	}, func(r *rand.Rand) string { return fmt.Sprintf("%d.%010d", r.IntN(1000), r.IntN(10_000_000_000)) })},
	{name: "tu", typ: timestampType, own: map[Product]string{PostgreSQL: "timestamp(6) without time zone", MySQL: "datetime(6)", MariaDB: "datetime(6)"}, value: picked(15, len(oddDates), func(i int) string {
		return oddDates[i] + " " + oddTimes[i%len(oddTimes)] + ".000001"
	}, func(r *rand.Rand) string {
		return aDay(r).Format(time.DateOnly) + " " + oddTimes[r.IntN(len(oddTimes))] + fmt.Sprintf(".%06d", r.IntN(1_000_000))
	})},
	{
		name: "tv", typ: timestampType, own: map[Product]string{PostgreSQL: "timestamp(6) without time zone", MySQL: "datetime(6)", MariaDB: "datetime(6)"},
		value: picked(19, 12, func(i int) string { return oddDates[i+11] + " 23:59:59.999999" }, func(r *rand.Rand) string { return aTime(r) + fmt.Sprintf(".%06d", r.IntN(1_000_000)) }),
	},
	{name: "h", typ: Type{ID: Decimal, Width: 38, Scale: 4}, own: map[Product]string{PostgreSQL: "numeric(30,4)", MySQL: "decimal(30,4)", MariaDB: "decimal(30,4)"}, value: picked(16, 3, func(i int) string {
		return []string{"0.0000", "99999999999999999999999999.9999", "-99999999999999999999999999.9999"}[i]
	}, func(r *rand.Rand) string { return fmt.Sprintf("%d.%04d", r.Int64(), r.IntN(10_000)) })},
}

// pairFields have all pairs of odd texts.
var pairFields = []field{
	{
		name: "one", typ: textType, own: map[Product]string{PostgreSQL: "text", MySQL: "varchar(120)", MariaDB: "varchar(120)", SQLite: "TEXT"},
		value:   func(n int) (string, bool) { return oddTexts[n/len(oddTexts)], false },
		charset: map[Product]string{MySQL: "utf8mb4", MariaDB: "utf8mb4"}, collation: map[Product]string{MySQL: "utf8mb4_0900_ai_ci", MariaDB: "utf8mb4_unicode_ci", SQLite: "NOCASE"},
	},
	{
		name: "two", typ: textType, own: map[Product]string{PostgreSQL: "character varying(120)", MySQL: "varchar(120)", MariaDB: "varchar(120)", SQLite: "TEXT"},
		value:   func(n int) (string, bool) { return oddTexts[n%len(oddTexts)], false },
		charset: map[Product]string{MySQL: "utf8mb4", MariaDB: "utf8mb4"}, collation: map[Product]string{MySQL: "utf8mb4_bin", MariaDB: "utf8mb4_general_ci", SQLite: "RTRIM"},
	},
}
