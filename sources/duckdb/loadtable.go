// The table that rows are loaded into, and what its columns hold.

package duckdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// split splits a table's name. The schema is main if the name has none.
func split(table string) (schema, name string, err error) {
	parts, err := load.SplitName(table, `"`, nil)
	switch {
	case err != nil:
		return "", "", err
	case len(parts) == 1:
		return "main", parts[0], nil
	case len(parts) == 2:
		return parts[0], parts[1], nil
	}
	return "", "", fmt.Errorf("table %s: write NAME or SCHEMA.NAME", table)
}

func look(ctx context.Context, db *engine.DB, q load.Request, schema, name string) (t load.Table, err error) {
	at := " where database_name = current_database() and lower(schema_name) = lower(" + engine.Literal(schema) + ")"
	rows, err := list(ctx, db, "select schema_name from duckdb_schemas()"+at)
	if err != nil {
		return t, err
	}
	if len(rows) == 0 {
		return t, fmt.Errorf("there is no schema %q", schema)
	}
	rows, err = list(ctx, db, "select 'table', schema_name, table_name from duckdb_tables()"+at+" and lower(table_name) = lower("+engine.Literal(name)+")"+
		" union all select 'view', schema_name, view_name from duckdb_views()"+at+" and lower(view_name) = lower("+engine.Literal(name)+")")
	if err == nil {
		err = q.Mode.Admits(len(rows) > 0, len(rows) > 0 && rows[0][0] == "view")
	}
	if err != nil || len(rows) == 0 {
		return load.Table{Name: q.Table}, err
	}
	t.Name = rows[0][1] + "." + rows[0][2]
	own := " where database_name = current_database() and schema_name = " + engine.Literal(rows[0][1]) + " and table_name = " + engine.Literal(rows[0][2])
	rows, err = list(ctx, db, "select column_name, data_type, not is_nullable, column_default is not null from duckdb_columns()"+own+" order by column_index")
	if err != nil {
		return t, err
	}
	for _, r := range rows {
		c := holds(load.Column{Name: r[0], Type: r[1]})
		c.NotNull = r[2] == "true"
		c.Required = c.NotNull && r[3] != "true"
		t.Columns = append(t.Columns, c)
	}
	if q.Mode != load.Upsert {
		return t, nil
	}
	rows, err = list(ctx, db, "select constraint_index::varchar, unnest(constraint_column_names) from duckdb_constraints()"+own+" and constraint_type in ('PRIMARY KEY', 'UNIQUE')")
	if err != nil {
		return t, err
	}
	indexes := map[string][]string{}
	for _, r := range rows {
		indexes[r[0]] = append(indexes[r[0]], r[1])
	}
	return t, load.HasKey(load.Spelled(q.Key, t.Columns), indexes)
}

// integers are the types of integers with their bits; unsigned ones are below 0.
var integers = map[string]int{
	"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "UTINYINT": -8, "USMALLINT": -16, "UINTEGER": -32, "UBIGINT": -64,
}

// holds completes a column by its type. DuckDB itself converts the text for types that are
// not listed, and refuses invalid values.
func holds(c load.Column) load.Column {
	c.Kind, c.Fraction = row.Text, 6
	odd := func(text []byte) bool { return engine.Holds(c.Kind, text) }
	if bits, ok := integers[c.Type]; ok {
		if c.Kind, c.Bits = row.Int, bits; bits < 0 {
			c.Kind, c.Bits = row.Uint, -bits
		}
		return c
	}
	var width, scale int
	switch c.Type {
	case "BOOLEAN":
		c.Kind = row.Bool
	case "FLOAT":
		c.Kind, c.Single = row.Float, true
	case "DOUBLE":
		c.Kind = row.Float
	case "HUGEINT", "UHUGEINT":
		c.Kind, c.Width = row.Decimal, engine.MaxDigits
	case "DATE":
		c.Kind, c.Odd = row.Date, odd
	case "TIME", "TIME WITH TIME ZONE":
		c.Kind, c.Zoned = row.Time, c.Type != "TIME"
		c.Check = func(text []byte) error {
			if !engine.Holds(row.Time, text) {
				return errors.New("it is no time of day")
			}
			return nil
		}
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS":
		c.Kind, c.Odd = row.Timestamp, odd
		c.Fraction = map[string]int{"TIMESTAMP": 6, "TIMESTAMP_MS": 3}[c.Type]
	case "TIMESTAMP WITH TIME ZONE":
		c.Kind, c.Odd = row.TimestampTZ, odd
	case "BLOB":
		c.Kind = row.Bytes
	case "JSON":
		c.Kind = row.JSON
	default:
		if n, _ := fmt.Sscanf(c.Type, "DECIMAL(%d,%d)", &width, &scale); n == 2 {
			c.Kind, c.Width, c.Scale = row.Decimal, width, scale
		}
	}
	return c
}

// Columns returns the columns of a table that Create makes. See [load.Loader].
func (l *Loader) Columns(columns []load.Column) []load.Column {
	made := make([]load.Column, len(columns))
	for i, c := range columns {
		if c.Kind == row.Decimal && (c.Width == 0 || c.Width > engine.MaxDigits) {
			c.Width, c.Scale = engine.MaxDigits, min(c.Part, engine.MaxDigits)
		}
		t := engineColumn(c).SQL()
		if c.Kind == row.Decimal {
			t = fmt.Sprintf("DECIMAL(%d,%d)", c.Width, c.Scale)
		}
		if full, ok := map[string]string{"TIMETZ": "TIME WITH TIME ZONE", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}[t]; ok {
			t = full
		}
		made[i] = holds(load.Column{Name: c.Name, Type: t})
	}
	return made
}

// engineColumn returns the column of the rows that are passed to the engine.
func engineColumn(c load.Column) engine.Column {
	e := engine.Column{Name: c.Name, Type: engine.TypeOf(c.Kind), Scale: c.Scale}
	switch {
	case c.Kind == row.Time && c.Zoned:
		e.Type = engine.TimeTZ
	case e.Type == engine.Untyped:
		e.Type = engine.Varchar
	}
	return e
}
