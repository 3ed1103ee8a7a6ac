// SQLite's catalogue: pragmas as tables.

package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/sqlite/engine"
)

var catalog = &driver.Catalog{
	Text:     func(s driver.CatalogScope) string { return catalogText(s, s.Rows) },
	Fallback: func(s driver.CatalogScope) string { return catalogText(s, false) },
	// The text of a virtual table does not always name its columns. But only the module of
	// the table could create other columns from the same text.
	Fingerprint: `select coalesce(group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)), '') from sqlite_schema`,

	Quote: func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` },
	Type:  meaningOf,
}

// catalogText returns the SQL for the tables in scope and, as the scope says, their
// columns and indexes. Rows come from sqlite_stat1, which only ANALYZE creates; if it
// is missing, the text without it must be sent.
//
// If a view cannot be read because a table is missing, pragma_table_list returns no columns
// for it, and pragma_table_xinfo would fail: see [execution.statement].
func catalogText(s driver.CatalogScope, rows bool) string {
	where := s.Where(driver.CatalogTerms{
		Visible: `true`,
		System:  `l.type = 'shadow' or l.name like 'sqlite\_%' escape '\'`,
		Schema:  `'main'`,
		Name:    `lower(l.name)`,
	})
	place, stat := "null", ""
	if rows {
		place = "s.n"
		stat = " left join (select tbl, max(cast(stat as integer)) as n from sqlite_stat1 group by tbl) s on s.tbl = t.name"
	}
	text := fmt.Sprintf(`with t as materialized (
  select l.name, l.type, l.wr, l.ncol, l.strict from pragma_table_list l where l.schema = 'main' and %s
)
select 'table' as part, 'main' as table_schema, t.name as table_name, 1 as visible, case when t.type = 'virtual' then 'virtual table' when t.type = 'view' then 'view' else 'table' end as kind,
  %s as place, null as item, null as item_type, null as nullable, null as key_place, null as item_default, null as comment, null as collation_name, null as character_set
from t%s`, where, place, stat)
	if s.Columns {
		text += catalogColumns
	}
	if s.Indexes {
		text += catalogIndexes
	}
	return text
}

// statement compiles the statement, or for a catalogue its Fallback if there are no
// statistics. Before a catalogue it compiles a query of each view and virtual table,
// from which SQLite learns their columns. pragma_table_list does the same, but stops at
// the first that cannot be read.
func (r *execution) statement(conn *engine.Conn) (*engine.Stmt, error) {
	if r.q.Fallback == "" {
		return r.prepare(conn, r.q.SQL)
	}
	sql, refused := r.q.Fallback, r.guard.refused
	for _, name := range list(conn, "select name from sqlite_schema where rootpage = 0 and type <> 'trigger' or name = 'sqlite_stat1'") {
		if name == "sqlite_stat1" {
			sql = r.q.SQL
		} else if stmt, err := conn.Prepare("select * from " + catalog.Quote(name)); err == nil {
			_ = stmt.Close() // it was never run
		}
	}
	r.guard.refused = refused // the views' errors are not the statement's
	return r.prepare(conn, sql)
}

// A column of the primary key may be NULL in SQLite, unless it is the rowid or the
// table is WITHOUT ROWID. Its type is certain if it is the rowid, for which there is no
// index, as there is for INTEGER PRIMARY KEY DESC, and in a STRICT table unless it is ANY.
const catalogColumns = `
union all
select 'column', 'main', t.name, 1, case c.hidden when 1 then 'invisible' when 2 then 'generated virtual' when 3 then 'generated stored'
    else case when t.strict and upper(c.type) <> 'ANY'
      or t.type = 'table' and not t.wr and upper(c.type) = 'INTEGER' and c.pk = 1 and sum(c.pk > 0) over (partition by t.name) = 1
        and not exists (select 1 from pragma_index_list(t.name, 'main') i where i.origin = 'pk') then 'strict' end end,
  c.cid + 1, c.name, c.type,
  not (c."notnull" or c.pk > 0 and (t.wr or upper(c.type) = 'INTEGER' and sum(c.pk > 0) over (partition by t.name) = 1)),
  c.pk, c.dflt_value, null, null, null
from t join pragma_table_xinfo(t.name, 'main') c where t.ncol > 0`

const catalogIndexes = `
union all
select 'index', 'main', t.name, 1, trim(case when i."unique" then 'unique ' else '' end || case when i.partial then 'partial' else '' end),
  x.seqno + 1, i.name, coalesce(x.name, '(expression)') || case when x."desc" then ' desc' else '' end, null, null, null, null, null, null
from t join pragma_index_list(t.name, 'main') i join pragma_index_xinfo(i.name, 'main') x where t.type = 'table' and i.origin <> 'pk' and x.key`

// meaningOf returns what a declared type means in other dialects: SQLite stores text,
// numbers and bytes, and everything else as one of them.
func meaningOf(spelled string) driver.ColumnType {
	words := driver.ParseType(spelled).Words
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(word string) bool { return strings.Contains(words, word) })
	}
	moments := []driver.TypeClass{driver.ClassDate, driver.ClassTime, driver.ClassTimestamp, driver.ClassTimestampTZ}
	texts := append([]driver.TypeClass{driver.ClassText, driver.ClassChar, driver.ClassJSON, driver.ClassUUID}, moments...)
	numbers := []driver.TypeClass{driver.ClassInteger, driver.ClassUnsigned, driver.ClassDecimal, driver.ClassBoolean}
	t := driver.ColumnType{}
	switch {
	case words == "":
		t.Holds = slices.Concat(texts, numbers, []driver.TypeClass{driver.ClassFloat, driver.ClassBytes, driver.ClassOther})
	case has("bool"):
		t.Class, t.Holds = driver.ClassBoolean, []driver.TypeClass{driver.ClassBoolean}
	case has("int"):
		t.Class, t.Holds = driver.ClassInteger, []driver.TypeClass{driver.ClassInteger, driver.ClassUnsigned, driver.ClassBoolean}
	case has("char", "clob", "text"):
		t.Class, t.Holds = driver.ClassText, append(texts, driver.ClassOther)
	case has("blob", "binary", "bytea"):
		t.Class, t.Holds = driver.ClassBytes, []driver.TypeClass{driver.ClassBytes, driver.ClassUUID}
	case has("real", "float", "double"):
		t.Class, t.Holds = driver.ClassFloat, []driver.TypeClass{driver.ClassFloat, driver.ClassDecimal}
	case has("timestamp", "datetime"):
		t.Class, t.Holds = driver.ClassTimestamp, []driver.TypeClass{driver.ClassTimestamp, driver.ClassTimestampTZ}
	case words == "date":
		t.Class, t.Holds = driver.ClassDate, []driver.TypeClass{driver.ClassDate}
	case words == "time":
		t.Class, t.Holds = driver.ClassTime, []driver.TypeClass{driver.ClassTime}
	case has("json"):
		t.Class, t.Holds = driver.ClassJSON, []driver.TypeClass{driver.ClassJSON}
	case has("uuid"):
		t.Class, t.Holds = driver.ClassUUID, []driver.TypeClass{driver.ClassUUID}
	case has("dec", "num"):
		t.Class, t.Holds = driver.ClassDecimal, append(numbers, driver.ClassFloat)
	}
	return t
}
