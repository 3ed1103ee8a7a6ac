// Parameters of each type, as SQLite stores them.

package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestParametersAreBoundByTheirType(t *testing.T) {
	path := file(t)
	for _, test := range []struct {
		name  string
		arg   driver.Arg
		want  string
		warns bool
	}{
		{name: "int", arg: driver.Arg{Type: driver.Int, Value: "-9223372036854775808"}, want: "text integer|integer -9223372036854775808"},
		{name: "text of digits", arg: driver.Arg{Type: driver.Text, Value: "42"}, want: "text text|text 42"},
		{name: "empty text", arg: driver.Arg{Type: driver.Text}, want: "text text|text "},
		{name: "text with NUL and quotes", arg: driver.Arg{Type: driver.Text, Value: "a\x00'b"}, want: "text text|text a\x00'b"},
		{name: "true", arg: driver.Arg{Type: driver.Bool, Value: "true"}, want: "text integer|integer 1"},
		{name: "false", arg: driver.Arg{Type: driver.Bool, Value: "false"}, want: "text integer|integer 0"},
		{name: "date", arg: driver.Arg{Type: driver.Date, Value: "2026-01-31"}, want: "text text|text 2026-01-31"},
		{name: "timestamp", arg: driver.Arg{Type: driver.Timestamp, Value: "2026-01-31 08:30:00.25"}, want: "text text|text 2026-01-31 08:30:00.25"},
		{name: "timestamp in UTC", arg: driver.Arg{Type: driver.Timestamp, Value: "2026-01-31 08:30:00+00:00"}, want: "text text|text 2026-01-31 08:30:00"},
		{name: "NULL of a type", arg: driver.Arg{Type: driver.Int, Null: true}, want: "text null|null"},
		{name: "NULL of none", arg: driver.Arg{Null: true}, want: "text null|null"},

		{name: "decimal with a fraction", arg: driver.Arg{Type: driver.Decimal, Value: "12.50"}, want: "text real|float 12.5"},
		{name: "decimal below 0", arg: driver.Arg{Type: driver.Decimal, Value: "-0.1"}, want: "text real|float -0.1"},
		{name: "decimal that is whole", arg: driver.Arg{Type: driver.Decimal, Value: "12.00"}, want: "text integer|integer 12"},
		{name: "decimal of 19 digits that is whole", arg: driver.Arg{Type: driver.Decimal, Value: "9223372036854775807"}, want: "text integer|integer 9223372036854775807"},
		{name: "decimal 0", arg: driver.Arg{Type: driver.Decimal, Value: "-0.00"}, want: "text integer|integer 0"},

		{name: "auto integer", arg: driver.Arg{Value: "42"}, want: "text integer|integer 42"},
		{name: "auto integer below 0", arg: driver.Arg{Value: "-42"}, want: "text integer|integer -42"},
		{name: "auto float", arg: driver.Arg{Value: "12.5"}, want: "text real|float 12.5"},
		{name: "auto float without a fraction", arg: driver.Arg{Value: "2.0"}, want: "text real|float 2"},
		{name: "auto word", arg: driver.Arg{Value: "north"}, want: "text text|text north"},
		{name: "auto nothing", arg: driver.Arg{}, want: "text text|text "},
		{name: "auto with leading zeros", arg: driver.Arg{Value: "007"}, want: "text text|text 007", warns: true},
		{name: "auto with a plus", arg: driver.Arg{Value: "+5"}, want: "text text|text +5", warns: true},
		{name: "auto with an exponent", arg: driver.Arg{Value: "1e3"}, want: "text text|text 1e3", warns: true},
		{name: "auto minus 0", arg: driver.Arg{Value: "-0"}, want: "text text|text -0", warns: true},
		{name: "auto NaN", arg: driver.Arg{Value: "NaN"}, want: "text text|text NaN"},
		{name: "auto Inf", arg: driver.Arg{Value: "Inf"}, want: "text text|text Inf"},
		{name: "auto hexadecimal", arg: driver.Arg{Value: "0x10"}, want: "text text|text 0x10"},
		{name: "auto date", arg: driver.Arg{Value: "2026-01-31"}, want: "text text|text 2026-01-31"},
		{name: "auto address", arg: driver.Arg{Value: "10.0.0.1"}, want: "text text|text 10.0.0.1"},
		{name: "auto with a trailing zero", arg: driver.Arg{Value: "12.50"}, want: "text text|text 12.50", warns: true},
		{name: "auto that SQLite prints with 17 digits", arg: driver.Arg{Value: "0.000999"}, want: "text text|text 0.000999", warns: true},
		{name: "auto beyond 64 bits", arg: driver.Arg{Value: "12345678901234567890"}, want: "text text|text 12345678901234567890", warns: true},
		{name: "auto with a point first", arg: driver.Arg{Value: "-.5E+1"}, want: "text text|text -.5E+1", warns: true},
		{name: "auto with a point last", arg: driver.Arg{Value: "5."}, want: "text text|text 5.", warns: true},
		{name: "auto digits with a space", arg: driver.Arg{Value: " 5"}, want: "text text|text  5"},
		{name: "auto of too many digits", arg: driver.Arg{Value: "0.12345678901234567"}, want: "text text|text 0.12345678901234567", warns: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := query(t, path, "select typeof(?1), ?1", test.arg)
			r.want(t, test.want)
			if warned := len(r.answer.Warnings) > 0; warned != test.warns {
				t.Errorf("warnings: %q", r.answer.Warnings)
			}
		})
	}
}

// For these comparisons, numbers are bound as numbers. A column of text compares correctly,
// too.
func TestAutoParametersCompareAsALiteralInTheirPlaceWould(t *testing.T) {
	path := file(t, "create table t(amount numeric, code text, loose)", "insert into t values (5, '12.5', '12.5')")
	for _, test := range []struct{ name, where, value, want string }{
		{"an expression with a number", "amount * 2 > ?1", "9", "integer 1"},
		{"a number column", "amount = ?1", "5", "integer 1"},
		{"a number column with a float", "amount = ?1", "5.0", "integer 1"},
		{"a text column with a number", "code = ?1", "12.5", "integer 1"},
		{"a text column with another number", "code = ?1", "12.50", "integer 0"},
		{"a text column cast", "cast(code as text) = ?1", "12.5", "integer 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			query(t, path, "select count(*) from t where "+test.where, driver.Arg{Value: test.value}).want(t, test.want)
		})
	}
}

// If auto binds a text as a number, SQLite prints the number as that text. So binding it as
// a number loses nothing.
func TestAutoNumbersPrintAsTheyWereGiven(t *testing.T) {
	values := []string{"0", "-1", "0.5", "-0.5", "0.001", "0.1", "2.0", "0.0", "123456.789", "9999999999.125", "9999999999999.0", "9223372036854775807"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 { // up to 13 digits, with the point up to 2 places before them
		digits := strconv.FormatInt(1e12+random.Int64N(9e12), 10)[:1+random.IntN(13)]
		digits = strings.TrimRight(digits, "0")
		point := random.IntN(len(digits)+3) - 2
		if point <= 0 {
			values = append(values, "0."+strings.Repeat("0", -point)+digits)
		} else if point < len(digits) {
			values = append(values, digits[:point]+"."+digits[point:])
		}
	}
	path := file(t)
	for some := range slices.Chunk(values, 500) { // SQLite limits the number of terms
		var sql, want []string
		var args []driver.Arg
		for i, v := range some {
			sql = append(sql, fmt.Sprintf("select typeof(?%d) <> 'text', cast(?%d as text)", i+1, i+1))
			want = append(want, "integer 1|text "+v)
			args = append(args, driver.Arg{Value: v})
		}
		query(t, path, strings.Join(sql, " union all "), args...).want(t, want...)
	}
}

func TestParametersThatCannotBeHeldAreErrors(t *testing.T) {
	path := file(t)
	two := "select ?1, ?2"
	for _, test := range []struct {
		name, sql string
		args      []driver.Arg
		words     string
	}{
		{"an integer beyond 64 bits", two, []driver.Arg{{Value: "1"}, {Name: "n", Type: driver.Int, Value: "9223372036854775808"}}, "parameter :n: not an integer of 64 bits"},
		{"a decimal of too many digits", two, []driver.Arg{{Name: "d", Type: driver.Decimal, Value: "1234567890123456.789"}, {}}, "parameter :d: SQLite has no decimals"},
		{"a decimal beyond 64 bits", two, []driver.Arg{{Name: "d", Type: driver.Decimal, Value: "12345678901234567890"}, {}}, "parameter :d: SQLite has no decimals"},
		{"too few", two, []driver.Arg{{}}, "placeholders in the statement: 2, values for them: 1"},
		{"too many", two, []driver.Arg{{}, {}, {}}, "placeholders in the statement: 2, values for them: 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			run(context.Background(), path, driver.Request{SQL: test.sql, Args: test.args}).fails(t, driver.Query, "", test.words)
		})
	}
}

func TestAWarningSaysHowToGiveTheType(t *testing.T) {
	r := query(t, file(t), "select ?1", driver.Arg{Name: "code", Value: "007"})
	want := "parameter :code looks like a number and is bound as text, which to SQLite is greater than every number: give its type, as in code:decimal=... or code:text=..."
	if got := r.answer.Warnings; !slices.Equal(got, []string{want}) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAPlaceholderMayOccurSeveralTimes(t *testing.T) {
	query(t, file(t), "select ?2, ?1, ?2", driver.Arg{Type: driver.Text, Value: "one"}, driver.Arg{Type: driver.Int, Value: "2"}).
		want(t, "integer 2|text one|integer 2")
}
