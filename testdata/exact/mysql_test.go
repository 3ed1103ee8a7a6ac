// The types of MariaDB and MySQL are compared with the output of their client.

package exact

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

func mysqlKinds(maria bool) []kind {
	json := asJSON
	if maria {
		json = asString // MariaDB has no type for JSON
	}
	ascii := []string{
		"''", "'NULL'", `'\\N'`, `'\\.'`, "' lead'", "'a,b'", `'say "x"'`, "'it''s'", `'line\nbreak'`, `'crlf\r\nend\r'`, `'tab\tbed'`,
		`'back\\slash \\n'`, "'a|b'", "'<br> *b* `c`'", `'nul\0 inside'`, `'\Z\b'`, "'007'", "'true'",
	}
	unicode := append([]string{"'naïve 😀 日本語'", "'\u202eevil\u0085'", "'\ufeffbom'", "'\ufffd'"}, ascii...)
	kinds := []kind{
		{"tinyint", []string{"-128", "127"}, asNumber, same},
		{"tinyint unsigned", []string{"255"}, asNumber, same},
		{"smallint", []string{"-32768"}, asNumber, same},
		{"smallint unsigned", []string{"65535"}, asNumber, same},
		{"mediumint", []string{"-8388608"}, asNumber, same},
		{"mediumint unsigned", []string{"16777215"}, asNumber, same},
		{"int", []string{"-2147483648", "2147483647"}, asNumber, same},
		{"int unsigned", []string{"4294967295"}, asNumber, same},
		{"int(6) zerofill", []string{"42", "0"}, asNumber, integer},
		{"bigint", []string{"-9223372036854775808", "9223372036854775807", "9007199254740993"}, asNumber, same},
		{"bigint unsigned", []string{"18446744073709551615", "9223372036854775808", "0"}, asNumber, same},
		{"boolean", []string{"true", "false", "2"}, asNumber, same},
		{"float", []string{"16777216", "0.1", "-0.0", "3.40282e38", "1e-45", "0.0001", "1e6", "999999"}, asNumber, single},
		{"double", []string{"0.1e0+0.2e0", "5e-324", "1.7976931348623157e308", "1e15", "123456789012345", "-0e0", "0.00001", "9007199254740993"}, asNumber, double},
		{"double(10,2)", []string{"1.5", "-0.25"}, asNumber, double},
		{"decimal(12,2)", []string{"-0.50", "0", "9999999999.99"}, asNumber, same},
		{"decimal(20,0)", []string{"12345678901234567890"}, asNumber, same},
		{"decimal(65,30)", []string{
			"12345678901234567890123456789012345.123456789012345678901234567891", "-99999999999999999999999999999999999.999999999999999999999999999999",
			"0.000000000000000000000000000001", "0",
		}, asNumber, same},
		{"decimal(65,0)", []string{"99999999999999999999999999999999999999999999999999999999999999999"}, asNumber, same},
		{"date", []string{"'2024-02-29'", "'0000-00-00'", "'2020-02-30'", "'2020-05-00'", "'1000-01-01'", "'9999-12-31'", "'0001-01-01'", "'2020-00-00'"}, asString, same},
		{"datetime", []string{"'2020-01-01 08:30:00'", "'0000-00-00 00:00:00'", "'2020-02-31 01:02:03'", "'2020-05-00 00:00:00'"}, asString, possible},
		{"datetime(3)", []string{"'2020-01-01 08:30:00.250'", "'2020-01-01 08:30:00'"}, asString, possible},
		{"datetime(6)", []string{"'9999-12-31 23:59:59.999999'", "'0001-01-01 00:00:00.000001'", "'0000-00-00 00:00:00'", "'2020-02-30 00:00:00.5'"}, asString, possible},
		{"timestamp", []string{"'2020-01-01 08:30:00'", "'0000-00-00 00:00:00'", "'1970-01-01 12:00:01'"}, asString, possibleInstant},
		{"timestamp(6)", []string{"'2038-01-19 03:14:07.999999'", "'2020-01-01 08:30:00.1'"}, asString, possibleInstant},
		{"time", []string{"'08:30:00'", "'838:59:59'", "'-838:59:59'", "'00:00:00'"}, asString, same},
		{"time(6)", []string{"'-838:59:59.999999'", "'-00:00:00.25'", "'24:00:00'"}, asString, same},
		{"decimal(12,2) zerofill", []string{"12.5", "0", "9999999999.99"}, asNumber, unpadded},
		{"year", []string{"2155", "1901"}, asNumber, same},
		{"year", []string{"0"}, asString, same}, // 0000
		{"bit(1)", []string{"b'1'", "b'0'"}, asBool, func(v string) string { return strconv.FormatBool(bits(v) != "0") }},
		{"bit(13)", []string{"b'1000000000101'", "0"}, asNumber, bits},
		{"bit(64)", []string{"0x8000000000000001", "0xffffffffffffffff"}, asNumber, bits},
		{"enum('a','b c','','é')", []string{"'b c'", "'a'", "''", "'é'"}, asString, same},
		{"set('a','b','c d')", []string{"'a,c d'", "''"}, asString, same},
		{"char(20)", ascii, asString, same},
		{"varchar(60) character set latin1", append([]string{"'Zürich €'"}, ascii...), asString, same},
		{"varchar(60) character set utf8mb4", unicode, asString, same},
		{"varchar(60) character set utf16", unicode, asString, same},
		{"text character set utf8mb3", append([]string{"'日本語'"}, ascii...), asString, same},
		{"longtext", unicode, asString, same},
		{"binary(4)", []string{"0x00ff", "''"}, asString, octets},
		{"varbinary(10)", []string{"0x610062", "''", "0x5c0a09"}, asString, octets},
		{"longblob", []string{"0x00ff", "''", "'text'"}, asString, octets},
		{"point", []string{"st_geomfromtext('point(1 2)')"}, asString, octets},
		{"json", []string{`'{"a": 9007199254740993}'`, "'null'", `'"text"'`, "'[1.5, true]'"}, json, same},
	}
	if maria {
		kinds = append(kinds,
			kind{"uuid", []string{"'123e4567-e89b-12d3-a456-426655440000'"}, asString, same},
			kind{"inet6", []string{"'::ffff:1.2.3.4'", "'2001:db8::1'"}, asString, same})
	}
	return kinds
}

// bits returns the number with these bytes. The first byte is the highest.
func bits(v string) string { return new(big.Int).SetBytes([]byte(v)).String() }

// unpadded removes the zeros with which the client pads decimals.
func unpadded(v string) string {
	whole, fraction, _ := strings.Cut(v, ".")
	return integer(whole) + "." + fraction
}

// possible and possibleInstant do not change values that are not dates of the calendar.
func possible(v string) string {
	for _, never := range []string{"0000-", "-00 ", "-02-30", "-02-31"} {
		if strings.Contains(v, never) {
			return v
		}
	}
	return timestamp(trimZeros(v))
}

func possibleInstant(v string) string {
	if p := possible(v); p != v {
		return p + "Z"
	}
	return v
}

func TestMySQL(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		mysql := clientName(t, "mariadb", "mysql")
		db.SQL.SetMaxOpenConns(1) // the settings belong to the connection
		db.Exec(t, "set names utf8mb4", "set time_zone = '+02:00'", "set sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO'")
		kinds := mysqlKinds(db.Server == "MariaDB")
		seed(t, db, kinds)
		checkExport(t, db.URL, "select "+names(kinds)+" from corpus order by id", fromMySQL(t, mysql, db.URL, kinds))
	})
}

// fromMySQL reads the output of the client. With --batch the client escapes characters that
// separate lines and cells. It prints NULL as the word, so the query also selects "is null". It
// drops digits of a FLOAT unless the query casts it.
func fromMySQL(t *testing.T, mysql, url string, kinds []kind) table {
	t.Helper()
	var list []string
	for i, k := range kinds {
		value := column(i)
		if k.name == "float" {
			value = "cast(" + value + " as double)"
		}
		list = append(list, "isnull("+column(i)+")", value)
	}
	u := parseURL(t, url)
	password, _ := u.User.Password()
	printed := client(t, []string{"MYSQL_PWD=" + password}, mysql, "--no-defaults", "--host="+u.Hostname(), "--port="+u.Port(), "--protocol=tcp",
		"--user="+u.User.Username(), "--default-character-set=utf8mb4", "--init-command=set time_zone = '+00:00'",
		"--batch", "--skip-column-names", "--execute=select "+strings.Join(list, ", ")+" from corpus order by id", strings.TrimPrefix(u.Path, "/"))
	unescape := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\0`, "\x00")
	want := emptyTable(kinds)
	for line := range strings.SplitSeq(strings.TrimSuffix(printed, "\n"), "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) != 2*len(kinds) {
			t.Fatalf("the client prints %d fields for %d columns", len(fields), 2*len(kinds))
		}
		var row []cell
		for i, k := range kinds {
			if fields[2*i] == "1" {
				row = append(row, cell{null: true})
			} else {
				row = append(row, cell{text: k.text(unescape.Replace(fields[2*i+1])), form: k.form})
			}
		}
		want.rows = append(want.rows, row)
	}
	return want
}
