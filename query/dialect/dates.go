// Functions on dates: their part of the list of functions.

package dialect

import "slices"

// noRange makes a statement in MySQL fail for a date beyond its range. MySQL's own result
// would be NULL.
const noRange = "interval (18446744073709551615 + ({1} is not null)) day"

var dates = slices.Concat([]function{
	{
		names: "year", args: []class{day}, // PostgreSQL's years BC are negative without a year 0; DuckDB's have a year 0
		postgres: "(extract(year from {1})::bigint + ({1} < '0001-01-01')::int)", mysql: "year({1})", sqlite: "cast(strftime('%Y', {1}) as integer)",
	},
	{names: "quarter", args: []class{day}, postgres: "extract(quarter from {1})::bigint", mysql: "quarter({1})", sqlite: "((cast(strftime('%m', {1}) as integer) + 2) / 3)"},
	{names: "month", args: []class{day}, postgres: "extract(month from {1})::bigint", mysql: "month({1})", sqlite: "cast(strftime('%m', {1}) as integer)"},
	{names: "week weekofyear", args: []class{day}, postgres: "extract(week from {1})::bigint", mysql: "week({1}, 3)", sqlite: "cast(strftime('%V', {1}) as integer)"},
	{names: "day dayofmonth", args: []class{day}, postgres: "extract(day from {1})::bigint", mysql: "dayofmonth({1})", sqlite: "cast(strftime('%d', {1}) as integer)"},
	{names: "dayofweek weekday", args: []class{day}, postgres: "extract(dow from {1})::bigint", mysql: "(dayofweek({1}) - 1)", sqlite: "cast(strftime('%w', {1}) as integer)"},
	{names: "isodow", args: []class{day}, postgres: "extract(isodow from {1})::bigint", mysql: "(weekday({1}) + 1)", sqlite: "cast(strftime('%u', {1}) as integer)"},
	{names: "dayofyear", args: []class{day}, postgres: "extract(doy from {1})::bigint", mysql: "dayofyear({1})", sqlite: "cast(strftime('%j', {1}) as integer)"},
	{names: "hour", args: []class{timestamp}, postgres: "extract(hour from {1})::bigint", mysql: "hour({1})", sqlite: "cast(strftime('%H', {1}) as integer)"},
	{names: "minute", args: []class{timestamp}, postgres: "extract(minute from {1})::bigint", mysql: "minute({1})", sqlite: "cast(strftime('%M', {1}) as integer)"},
	{names: "second", args: []class{timestamp}, postgres: "floor(extract(second from {1}))::bigint", mysql: "second({1})", sqlite: "cast(strftime('%S', {1}) as integer)"},
	{
		names: "epoch", args: []class{timestamp},
		// DuckDB converts the microseconds to a double before it divides
		postgres: "((({1}::date - date '1970-01-01')::bigint * 86400000000 + (extract(epoch from {1}::time) * 1000000)::bigint)::float8 / 1e6::float8)",
		mysql:    "(timestampdiff(microsecond, timestamp'1970-01-01 00:00:00', {1}) / 1e6)",
		sqlite:   here,
	},
	{
		names: "last_day", args: []class{day},
		postgres: "(date_trunc('month', {1}::timestamp) + interval '1 month' - interval '1 day')::date", mysql: "last_day({1})",
		sqlite: "date({1}, 'start of month', case when substr({1}, 1, 7) = '9999-12' then '+30 days' else '+1 month' end, case when substr({1}, 1, 7) = '9999-12' then '+0 days' else '-1 day' end)",
	},

	// Arithmetic.
	{
		names: "+", args: []class{date, integer}, constant: []int{2}, only: days,
		postgres: "({1} + {2})", mysql: "coalesce({1} + interval {2} day, {1} + " + noRange + ")", sqlite: here,
	},
	{
		names: "-", args: []class{date, integer}, constant: []int{2}, only: days,
		postgres: "({1} - {2})", mysql: "coalesce({1} - interval {2} day, {1} + " + noRange + ")", sqlite: here,
	},
	{names: "-", args: []class{date, date}, postgres: "({1} - {2})::bigint", mysql: "datediff({1}, {2})", sqlite: "cast(julianday({1}) - julianday({2}) as integer)"},
	{
		names: "date_diff_day", args: []class{day, day},
		postgres: "({2}::date - {1}::date)::bigint", mysql: "datediff({2}, {1})", sqlite: "cast(julianday(date({2})) - julianday(date({1})) as integer)",
	},
},
	truncations("year", "cast(date_format({1}, '%Y-01-01') as datetime(6))", "'start of year'"),
	truncations("quarter", "(cast(date_format({1}, '%Y-01-01') as datetime(6)) + interval 3 * (quarter({1}) - 1) month)",
		"'start of month', '-' || ((cast(strftime('%m', {1}) as integer) - 1) % 3) || ' months'"),
	truncations("month", "cast(date_format({1}, '%Y-%m-01') as datetime(6))", "'start of month'"),
	truncations("week", "(cast(date({1}) as datetime(6)) - interval weekday({1}) day)", "'start of day', '-6 days', 'weekday 1'"),
	truncations("day", "cast(date({1}) as datetime(6))", "'start of day'"),
	[]function{
		{
			names: "date_trunc_hour", args: []class{timestamp}, postgres: "date_trunc('hour', {1})",
			mysql: "cast(date_format({1}, '%Y-%m-%d %H:00:00') as datetime(6))", sqlite: "strftime('%Y-%m-%d %H:00:00', {1})",
		},
		{
			names: "date_trunc_minute", args: []class{timestamp}, postgres: "date_trunc('minute', {1})",
			mysql: "cast(date_format({1}, '%Y-%m-%d %H:%i:00') as datetime(6))", sqlite: "strftime('%Y-%m-%d %H:%M:00', {1})",
		},
		{
			names: "date_trunc_second", args: []class{timestamp}, postgres: "date_trunc('second', {1})",
			mysql: "cast(date_format({1}, '%Y-%m-%d %H:%i:%s') as datetime(6))", sqlite: "strftime('%Y-%m-%d %H:%M:%S', {1})",
		},
	})

// truncations returns the entry of date_trunc to a unit of a day or more. The result is a
// timestamp, even for a date.
func truncations(unit, mysql, sqlite string) []function {
	return []function{{
		names: "date_trunc_" + unit, args: []class{day}, only: gives(Timestamp),
		postgres: "date_trunc('" + unit + "', {1}::timestamp)", mysql: mysql, sqlite: "datetime({1}, " + sqlite + ")",
	}}
}

// gives returns a check that accepts calls whose result has the type.
func gives(id TypeID) func(*Call) string {
	return func(e *Call) string {
		if e.Type.ID != id {
			return "its result is " + e.Type.String()
		}
		return ""
	}
}

// days accepts a number of days that is too small to overflow for a date of the years 1 to
// 9999.
func days(e *Call) string {
	if n := e.Args[1].(*Constant); len(n.Value) > 7 {
		return "so many days are beyond all dates"
	}
	return ""
}
