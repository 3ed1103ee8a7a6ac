// PostgreSQL's catalogue: one statement over pg_catalog, which is several times as fast
// as information_schema and waits for no lock on a table.

package postgres

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

var catalog = &driver.Catalog{
	Text:  catalogText,
	Quote: func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` },
	Type:  meaningOf,
}

// catalogText returns the SQL for the tables in scope and, as the scope says, their
// columns and indexes. Names of the catalogue are qualified, so that a schema in the
// search_path cannot hide them.
//
// pg_get_expr gets no table, and pg_get_indexdef is called for expressions only: with a
// table, both wait for its lock. Columns that servers before 12 lack (attgenerated,
// collisdeterministic) resolve to the outer query where the table does not have them.
func catalogText(s driver.CatalogScope) string {
	const system = `(n.nspname ~ '^pg_' or n.nspname = 'information_schema')`
	where := s.Where(driver.CatalogTerms{
		Visible: `n.nspname = any(pg_catalog.current_schemas(false)) and pg_catalog.pg_table_is_visible(c.oid)`,
		System:  system,
		Schema:  `pg_catalog.lower(n.nspname::text collate pg_catalog."C")`,
		Name:    `pg_catalog.lower(c.relname::text collate pg_catalog."C")`,
	})
	partitions := "not c.relispartition"
	if wholes := s.Wholes(); len(wholes) > 0 {
		var named []string
		for _, name := range wholes {
			named = append(named, fmt.Sprintf(`pg_catalog.lower(c.relname::text collate pg_catalog."C") like '%s'`, name))
		}
		partitions = "(not c.relispartition or " + strings.Join(named, " or ") + ")"
	}
	rows := "null::bigint"
	if s.Rows {
		rows = catalogRows
	}
	text := fmt.Sprintf(`with t as (
  select c.oid, n.nspname::text as table_schema, c.relname::text as table_name, pg_catalog.pg_table_is_visible(c.oid)::int as visible, c.relkind, c.reltuples, c.relpages
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and %s and n.nspname !~ '^pg_(toast|temp)' and %s
)
select 'table'::text as part, t.table_schema, t.table_name, t.visible,
  case t.relkind when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end as kind,
  %s as place, null::text as item, null::text as item_type, null::int as nullable, null::int as key_place, null::text as item_default,
  d.description as comment, null::text as collation_name, null::text as character_set
from t left join pg_catalog.pg_description d on d.objoid = t.oid and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objsubid = 0`,
		partitions, where, rows)
	if s.Columns {
		text += catalogColumns
	}
	if s.Indexes {
		text += catalogIndexes
	}
	return text
}

// catalogRows returns the row count of the statistics. Before version 14 a table
// without statistics looks like an empty one. Partitions without statistics count as
// empty if other partitions have some.
const catalogRows = `case
    when t.relkind in ('r', 'm', 'f') and t.reltuples >= 0 and not (t.reltuples = 0 and t.relpages = 0 and pg_catalog.current_setting('server_version_num')::int < 140000) then t.reltuples::bigint
    when t.relkind = 'p' then (
      with recursive leaf as (
        select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = t.oid
        union all select i.inhrelid from pg_catalog.pg_inherits i join leaf on i.inhparent = leaf.inhrelid)
      select case when pg_catalog.count(*) = 0 then 0 else pg_catalog.sum(p.reltuples) filter (where p.reltuples > 0 or p.relpages > 0 and p.reltuples = 0)::bigint end
      from leaf join pg_catalog.pg_class p on p.oid = leaf.inhrelid and p.relkind <> 'p')
    end`

const catalogColumns = `
union all
select 'column', t.table_schema, t.table_name, t.visible,
  pg_catalog.concat_ws(' ', case when a.attidentity <> '' then 'identity' end, case a.generated when 's' then 'generated stored' when 'v' then 'generated virtual' end),
  a.attnum, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), (not a.attnotnull)::int, pg_catalog.array_position(k.conkey, a.attnum),
  pg_catalog.pg_get_expr(e.adbin, 0::pg_catalog.oid), d.description, co.name, case when a.attcollation <> 0 then pg_catalog.getdatabaseencoding()::text end
from (select ''::"char" as attgenerated, true as collisdeterministic) older
cross join t
join lateral (
  select b.attnum, b.attname, b.atttypid, b.atttypmod, b.attnotnull, b.attidentity, b.attcollation, attgenerated::text as generated
  from pg_catalog.pg_attribute b where b.attrelid = t.oid and b.attnum > 0 and not b.attisdropped) a on true
left join pg_catalog.pg_constraint k on k.conrelid = t.oid and k.contype = 'p'
left join pg_catalog.pg_attrdef e on e.adrelid = t.oid and e.adnum = a.attnum and a.generated = ''
left join pg_catalog.pg_description d on d.objoid = t.oid and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objsubid = a.attnum
left join lateral (
  select c.collname::text || case when collisdeterministic then '' else ' (nondeterministic)' end as name
  from pg_catalog.pg_collation c where c.oid = a.attcollation) co on true`

const catalogIndexes = `
union all
select 'index', t.table_schema, t.table_name, t.visible,
  pg_catalog.concat_ws(' ', case when i.indisunique then 'unique' end, case when i.indpred is not null then 'partial' end),
  k.place, ic.relname::text,
  coalesce(a.attname::text, pg_catalog.pg_get_indexdef(i.indexrelid, k.place::int, true)) || case when k.flags & 1 = 1 then ' desc' else '' end,
  null, null, null, null, null, null
from t
join pg_catalog.pg_index i on i.indrelid = t.oid and i.indisvalid and not i.indisprimary
join pg_catalog.pg_class ic on ic.oid = i.indexrelid
cross join lateral unnest(i.indkey::int2[], i.indoption::int2[]) with ordinality as k(attnum, flags, place)
left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum and k.attnum > 0
where k.flags is not null`

// meaningOf returns what a type means in other dialects.
func meaningOf(spelled string) driver.ColumnType {
	s := driver.ParseType(spelled)
	switch s.Words {
	case "boolean":
		return driver.ColumnType{Class: driver.ClassBoolean}
	case "smallint":
		return driver.ColumnType{Class: driver.ClassInteger, Size: 16}
	case "integer":
		return driver.ColumnType{Class: driver.ClassInteger, Size: 32}
	case "bigint":
		return driver.ColumnType{Class: driver.ClassInteger, Size: 64}
	case "numeric":
		return driver.ColumnType{Class: driver.ClassDecimal, Size: s.Number(0, 0), Scale: s.Number(1, 0)}
	case "real":
		return driver.ColumnType{Class: driver.ClassFloat, Size: 32}
	case "double precision":
		return driver.ColumnType{Class: driver.ClassFloat, Size: 64}
	case "text", "character varying", "citext":
		return driver.ColumnType{Class: driver.ClassText, Size: s.Number(0, 0)}
	case "character":
		return driver.ColumnType{Class: driver.ClassChar, Size: s.Number(0, 1)}
	case "bytea":
		return driver.ColumnType{Class: driver.ClassBytes}
	case "date":
		return driver.ColumnType{Class: driver.ClassDate}
	case "time without time zone":
		return driver.ColumnType{Class: driver.ClassTime, Size: s.Number(0, 6)}
	case "timestamp without time zone":
		return driver.ColumnType{Class: driver.ClassTimestamp, Size: s.Number(0, 6)}
	case "timestamp with time zone":
		return driver.ColumnType{Class: driver.ClassTimestampTZ, Size: s.Number(0, 6)}
	case "json", "jsonb":
		return driver.ColumnType{Class: driver.ClassJSON}
	case "uuid":
		return driver.ColumnType{Class: driver.ClassUUID}
	}
	return driver.ColumnType{}
}
