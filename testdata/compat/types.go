// Values of each type, and how fanql must print them.
package main

import "slices"

const null = "(null)" // the text for NULL in the check

var postgresTypes = []typed{
	{"smallint", "-32768", "-32768"},
	{"bigint", "9223372036854775807", "9223372036854775807"},
	{"numeric", "12345678901234567890.01234567890", "12345678901234567890.01234567890"},
	{"numeric", "'NaN'", "NaN"},
	{"real", "16777216", "1.6777216e+07"},
	{"double precision", "pi()", "3.141592653589793"},
	{"double precision", "0.1::float8 + 0.2::float8", "0.30000000000000004"},
	{"double precision", "'-Infinity'", "-Infinity"},
	{"boolean", "true", "true"},
	{"text", "'ü, \"x\" ' || chr(10) || 'y'", "ü, \"x\" \ny"},
	{"text", "''", ""},
	{"text", "null", null},
	{"char(4)", "'ab'", "ab  "},
	{"bytea", `'\x00ff7f'`, `\x00ff7f`},
	{"date", "'2026-02-28'", "2026-02-28"},
	{"date", "'infinity'", "infinity"},
	{"timestamp", "'2026-01-31 08:30:00.25'", "2026-01-31T08:30:00.25"},
	{"timestamptz", "'2026-01-31 08:30:00.25+02'", "2026-01-31T06:30:00.25Z"},
	{"time", "'23:59:59.999999'", "23:59:59.999999"},
	{"interval", "'1 day 2 hours'", "P1DT2H"},
	{"uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	{"json", `'{"a": 9007199254740993, "a": 1.10}'`, `{"a": 9007199254740993, "a": 1.10}`},
	{"jsonb", `'{"b": 9007199254740993}'`, `{"b": 9007199254740993}`},
	{"int[]", "'{1,null,3}'", "{1,NULL,3}"},
	{"inet", "'192.168.0.1/24'", "192.168.0.1/24"},
	{"bit(3)", "b'101'", "101"},
	{"int4range", "'[1,5)'", "[1,5)"},
	{"double precision[]", "array[pi(), 0.5]", "{3.141592653589793,0.5}"},
	{"date[]", "'{2026-02-28}'", "{2026-02-28}"},
	{"interval[]", "'{1 day 2 hours}'", "{P1DT2H}"},
	{"point", "'(0.1,2)'", "(0.1,2)"},
}

// bothTypes are the types that MySQL and MariaDB have in common.
var bothTypes = []typed{
	{"tinyint", "-128", "-128"},
	{"bigint", "-9223372036854775808", "-9223372036854775808"},
	{"bigint unsigned", "18446744073709551615", "18446744073709551615"},
	{"decimal(40,12)", "12345678901234567890.012345678901", "12345678901234567890.012345678901"},
	{"float", "16777216", "1.6777216e+07"},
	{"double", "0.1e0 + 0.2e0", "0.30000000000000004"},
	{"double", "1e20", "1e+20"},
	{"varchar(20) character set utf8mb4", "'ü, \"x\" 😀'", "ü, \"x\" 😀"},
	{"varchar(20)", "''", ""},
	{"varchar(20)", "null", null},
	{"varbinary(4)", "x'00ff7f'", `\x00ff7f`},
	{"date", "'2026-02-28'", "2026-02-28"},
	{"date", "'0000-00-00'", "0000-00-00"},
	{"date", "'2026-02-30'", "2026-02-30"},
	{"datetime(2)", "'2026-01-31 08:30:00.25'", "2026-01-31T08:30:00.25"},
	{"timestamp(2) null", "'2026-01-31 08:30:00.25'", "2026-01-31T08:30:00.25Z"},
	{"time(6)", "'-838:59:58.999999'", "-838:59:58.999999"},
	{"year", "0", "0000"},
	{"bit(10)", "b'1010101010'", "682"},
	{"enum('one', 'two')", "'two'", "two"},
	{"set('a', 'b', 'c')", "'a,c'", "a,c"},
	{"json", `'{"a": 9007199254740993}'`, `{"a": 9007199254740993}`},
}

var mysqlTypes = slices.Concat(bothTypes, []typed{
	{"varchar(20) collate utf8mb4_0900_ai_ci", "'Straße'", "Straße"},
	{"vector(2)", "string_to_vector('[1,2]')", `\x0000803f00000040`},
})

var mariadbTypes = slices.Concat(bothTypes, []typed{
	{"uuid", "'123e4567-e89b-12d3-a456-426655440000'", "123e4567-e89b-12d3-a456-426655440000"},
	{"inet6", "'::ffff:1.2.3.4'", "::ffff:1.2.3.4"},
})
