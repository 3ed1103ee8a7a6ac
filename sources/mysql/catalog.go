// The catalogue of MySQL and MariaDB: information_schema, limited to the connection's
// database if it has one.

package mysql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

var catalog = &driver.Catalog{
	Text:  catalogText,
	Quote: func(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" },
	Type:  meaningOf,
}

// catalogText returns the SQL for the tables in scope and, as the scope says, their
// columns and indexes. MariaDB reads a single folder only if a condition compares
// table_schema with a constant, and opens no table unless its rows are requested.
//
// A connection without a database sees the tables of all databases: they can be named
// no other way.
func catalogText(s driver.CatalogScope) string {
	system := func(of string) string {
		return of + ".table_schema in ('information_schema', 'mysql', 'performance_schema', 'sys') and not coalesce(" + of + ".table_schema = database(), 0)"
	}
	where := func(of string) string {
		return s.Where(driver.CatalogTerms{
			Visible: of + ".table_schema = database() or database() is null",
			System:  system(of),
			Schema:  "lower(" + of + ".table_schema)",
			Name:    "lower(" + of + ".table_name)",
		})
	}
	parts := []string{fmt.Sprintf(catalogTables, map[bool]string{true: "t.table_rows", false: "null"}[s.Rows], where("t"))}
	if s.Columns {
		parts = append(parts, fmt.Sprintf(catalogColumns, where("c")))
	}
	switch keys := "s.index_name = 'PRIMARY'"; {
	case s.Columns && s.Indexes:
		parts = append(parts, fmt.Sprintf(catalogIndexes, where("s")))
	case s.Columns:
		parts = append(parts, fmt.Sprintf(catalogIndexes, keys+" and "+where("s")))
	case s.Indexes:
		parts = append(parts, fmt.Sprintf(catalogIndexes, "not ("+keys+") and "+where("s")))
	}
	return strings.Join(parts, "\nunion all\n")
}

const (
	catalogTables = `select 'table' as part, convert(t.table_schema using utf8mb4) as table_schema, convert(t.table_name using utf8mb4) as table_name, coalesce(t.table_schema = database(), 0) as visible,
  case when t.table_type = 'VIEW' then 'view' when t.table_type = 'SYSTEM VIEW' then 'system view' when t.create_options like '%%partitioned%%' then 'partitioned table' else 'table' end as kind,
  %s as place, null as item, null as item_type, null as nullable, null as key_place, null as item_default,
  case when t.table_type = 'VIEW' then null else convert(t.table_comment using utf8mb4) end as comment, convert(t.table_collation using utf8mb4) as collation_name, null as character_set
from information_schema.tables t where t.table_type <> 'SEQUENCE' and t.table_type <> 'TEMPORARY' and %s`

	catalogColumns = `select 'column', convert(c.table_schema using utf8mb4), convert(c.table_name using utf8mb4), coalesce(c.table_schema = database(), 0), lower(convert(c.extra using utf8mb4)),
  c.ordinal_position, convert(c.column_name using utf8mb4), convert(c.column_type using utf8mb4), c.is_nullable = 'YES', null, nullif(convert(c.column_default using utf8mb4), 'NULL'),
  convert(c.column_comment using utf8mb4), convert(c.collation_name using utf8mb4), convert(c.character_set_name using utf8mb4)
from information_schema.columns c where %s`

	// MySQL has indexes on expressions, which MariaDB cannot read: MariaDB takes a
	// comment for this version as a real comment.
	catalogIndexes = `select 'index', convert(s.table_schema using utf8mb4), convert(s.table_name using utf8mb4), coalesce(s.table_schema = database(), 0),
  case when s.index_name = 'PRIMARY' then 'primary' when s.non_unique = 0 then 'unique' else '' end,
  s.seq_in_index, convert(s.index_name using utf8mb4),
  case when s.index_name = 'PRIMARY' then convert(s.column_name using utf8mb4)
    else concat(coalesce(convert(s.column_name using utf8mb4) /*!80013 , convert(s.expression using utf8mb4) */, '(expression)'), case when s.sub_part is null then '' else concat('(', s.sub_part, ')') end, case when s.collation = 'D' then ' desc' else '' end) end,
  null, null, null, null, null, null
from information_schema.statistics s where %s`
)

// meaningOf returns what a type means in other dialects.
func meaningOf(spelled string) driver.ColumnType {
	s := driver.ParseType(spelled)
	name, attributes, _ := strings.Cut(s.Words, " ")
	integer := func(bits int) driver.ColumnType {
		if slices.Contains(strings.Fields(attributes), "unsigned") {
			return driver.ColumnType{Class: driver.ClassUnsigned, Size: bits}
		}
		return driver.ColumnType{Class: driver.ClassInteger, Size: bits}
	}
	switch name {
	case "tinyint":
		if s.Number(0, 0) == 1 {
			return driver.ColumnType{Class: driver.ClassBoolean}
		}
		return integer(8)
	case "smallint":
		return integer(16)
	case "mediumint":
		return integer(24)
	case "int":
		return integer(32)
	case "bigint":
		return integer(64)
	case "decimal":
		return driver.ColumnType{Class: driver.ClassDecimal, Size: s.Number(0, 10), Scale: s.Number(1, 0)}
	case "float":
		return driver.ColumnType{Class: driver.ClassFloat, Size: 32}
	case "double":
		return driver.ColumnType{Class: driver.ClassFloat, Size: 64}
	case "varchar":
		return driver.ColumnType{Class: driver.ClassText, Size: s.Number(0, 0)}
	case "tinytext", "text", "mediumtext", "longtext":
		return driver.ColumnType{Class: driver.ClassText}
	case "char":
		return driver.ColumnType{Class: driver.ClassChar, Size: s.Number(0, 1)}
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return driver.ColumnType{Class: driver.ClassBytes}
	case "date":
		return driver.ColumnType{Class: driver.ClassDate}
	case "time":
		return driver.ColumnType{Class: driver.ClassTime, Size: s.Number(0, 0)}
	case "datetime":
		return driver.ColumnType{Class: driver.ClassTimestamp, Size: s.Number(0, 0)}
	case "timestamp":
		return driver.ColumnType{Class: driver.ClassTimestampTZ, Size: s.Number(0, 0)}
	case "json":
		return driver.ColumnType{Class: driver.ClassJSON}
	case "uuid":
		return driver.ColumnType{Class: driver.ClassUUID}
	}
	return driver.ColumnType{}
}
