// The table that rows are loaded into: its columns, and what they can hold.

package mysql

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// splitTable splits the name of a table into those of a database, if there is one, and a
// table.
func splitTable(table string) ([]string, error) {
	parts, err := load.SplitName(table, "`\"", nil)
	if err == nil && len(parts) > 2 {
		err = fmt.Errorf("table %s: write NAME or DATABASE.NAME", table)
	}
	return parts, err
}

// tableName returns the name of a table as SQL.
func tableName(table string) (string, error) {
	parts, err := splitTable(table)
	for i, p := range parts {
		parts[i] = backticked(p)
	}
	return strings.Join(parts, "."), err
}

var errNoDatabase = errors.New("no database is chosen: name one in the URL, or write the table as DATABASE.NAME")

// look returns the table.
func (l *loading) look(q load.Request) (t load.Table, err error) {
	parts, err := splitTable(q.Table)
	if err != nil {
		return t, err
	}
	found, err := l.rows("SELECT DATABASE(), @@version, @@global.read_only")
	if err != nil {
		return t, err
	}
	schema, version, name := found[0][0], found[0][1], parts[len(parts)-1]
	if len(parts) == 2 {
		schema = parts[0]
	}
	if schema == "" {
		return t, errNoDatabase
	}
	rows, err := l.rows("SELECT t.table_name, t.table_type, t.engine, e.transactions FROM information_schema.tables t LEFT JOIN information_schema.engines e ON e.engine = t.engine " +
		"WHERE t.table_schema = " + quote(schema) + " AND t.table_name = " + quote(name))
	if err != nil {
		return t, err
	}
	if len(rows) == 0 {
		if rows, err = l.rows("SELECT schema_name FROM information_schema.schemata WHERE schema_name = " + quote(schema)); err == nil && len(rows) == 0 {
			err = fmt.Errorf("there is no database %q, or the account may not see it", schema)
		}
		if err == nil {
			err = q.Mode.Admits(false, false)
		}
		if err != nil {
			return t, err
		}
		return load.Table{Name: q.Table}, l.mayCreate(q)
	}
	at := max(slices.IndexFunc(rows, func(r []string) bool { return r[0] == name }), 0)
	switch err := q.Mode.Admits(true, strings.Contains(rows[at][1], "VIEW")); {
	case err != nil:
		return t, err
	case rows[at][3] != "YES":
		return t, fmt.Errorf("its engine %s has no transactions: rows cannot be loaded all or none", rows[at][2])
	}
	t.Name = schema + "." + rows[at][0]
	if t.Columns, err = l.columns(schema, rows[at][0], version); err != nil {
		return t, err
	}
	if t.Prompt, err = l.prompt(q, t); err != nil {
		return t, err
	}
	if err := l.mayWrite(q, t); err != nil || q.Mode != load.Upsert {
		return t, err
	}
	return t, l.unique(q, t, schema, rows[at][0])
}

// prompt returns [load.Table].Prompt. Except in mode 2, the statement that reads a file holds
// the lock on a table's numbers until it ends. MySQL has no limit like MariaDB's for such a
// statement.
func (l *loading) prompt(q load.Request, t load.Table) (bool, error) {
	found, err := l.rows("SHOW SESSION VARIABLES WHERE Variable_name IN ('innodb_autoinc_lock_mode', 'max_statement_time')")
	if err != nil {
		return false, err
	}
	numbered := q.Mode == load.Append && slices.ContainsFunc(t.Columns, func(c load.Column) bool { return c.Numbered })
	for _, r := range found {
		limit, err := strconv.ParseFloat(r[1], 64)
		switch {
		case strings.EqualFold(r[0], "innodb_autoinc_lock_mode") && numbered && r[1] != "2",
			strings.EqualFold(r[0], "max_statement_time") && (err != nil || limit > 0):
			return true, nil
		}
	}
	return false, nil
}

// columns returns the columns of a table.
func (l *loading) columns(schema, table, version string) (all []load.Column, err error) {
	rows, err := l.rows("SELECT column_name, column_type, data_type, COALESCE(character_maximum_length, 0), COALESCE(numeric_precision, 0), COALESCE(numeric_scale, 0), COALESCE(datetime_precision, 0), " +
		"is_nullable, column_default IS NOT NULL, extra, COALESCE(character_set_name, '') FROM information_schema.columns WHERE table_schema = " + quote(schema) + " AND table_name = " + quote(table) + " ORDER BY ordinal_position")
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		d := declared{word: strings.ToLower(r[2]), full: strings.ToLower(r[1]), charset: r[10], version: version}
		for i, to := range []*int{&d.length, &d.width, &d.scale, &d.fraction} {
			n, err := strconv.ParseInt(r[3+i], 10, 64)
			if err == nil {
				*to = int(n)
			}
		}
		c := d.holds(load.Column{Name: r[0], Type: r[1]})
		extra := strings.ToLower(r[9])
		c.NotNull, c.Computed = r[7] == "NO", strings.Contains(extra, "generated") && !strings.Contains(extra, "default_generated")
		c.Numbered = strings.Contains(extra, "auto_increment")
		c.Required = c.NotNull && r[8] != "1" && !c.Numbered && !strings.Contains(extra, "default_generated")
		all = append(all, c)
	}
	return all, nil
}

// mayCreate lets the server check the account's rights for a new table, as mayWrite does.
func (l *loading) mayCreate(q load.Request) error {
	name, err := tableName(q.Table)
	if err != nil {
		return err
	}
	return l.exec("PREPARE fanql_load FROM " + quote("CREATE TABLE "+name+" (k INT)"))
}

// mayWrite lets the server prepare the statements of a load, for which it checks the
// account's rights.
func (l *loading) mayWrite(q load.Request, t load.Table) error {
	name, err := tableName(q.Table)
	if err != nil {
		return err
	}
	statements := []string{"INSERT INTO " + name + " (" + backticked(t.Columns[0].Name) + ") VALUES (NULL)"}
	switch q.Mode {
	case load.Replace:
		statements = append(statements, "DELETE FROM "+name)
	case load.Upsert:
		c := backticked(t.Columns[0].Name)
		statements = append(statements, "UPDATE "+name+" SET "+c+" = "+c)
	case load.Append, load.Create:
	}
	const computed = 3105 // a value for a generated column, which the first may be
	for _, sql := range statements {
		if err := l.exec("PREPARE fanql_load FROM " + quote(sql)); err != nil && numberOf(err) != computed {
			return err
		}
	}
	return nil
}

// unique checks that a unique index has exactly the columns of the key.
func (l *loading) unique(q load.Request, t load.Table, schema, table string) error {
	rows, err := l.rows("SELECT index_name, column_name, sub_part IS NULL FROM information_schema.statistics WHERE table_schema = " + quote(schema) + " AND table_name = " + quote(table) + " AND non_unique = 0 AND column_name IS NOT NULL")
	if err != nil {
		return err
	}
	indexes := map[string][]string{}
	for _, r := range rows {
		if r[2] != "1" { // only the beginning of the value is unique
			r[1] += "\x00"
		}
		indexes[r[0]] = append(indexes[r[0]], r[1])
	}
	return load.HasKey(load.Spelled(q.Key, t.Columns), indexes)
}

// declared is the declaration of a column.
type declared struct {
	word, full                     string // decimal, decimal(10,2) unsigned
	length, width, scale, fraction int
	charset, version               string
}

// integers are the types of integers with their bits.
var integers = map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}

// The range of TIMESTAMP: from the second one of 1970 to 2038 or, in MariaDB from 11.5
// on, 2106.
const (
	firstTimestamp = 1_000_000
	lastTimestamp  = (1<<31)*1_000_000 - 1
	lateTimestamp  = (1<<32)*1_000_000 - 1
)

// holds completes a column by its declaration.
func (d declared) holds(c load.Column) load.Column {
	c.Kind, c.Fraction = row.Text, d.fraction
	if bits, ok := integers[d.word]; ok {
		if c.Kind, c.Bits = row.Int, bits; strings.Contains(d.full, "unsigned") {
			c.Kind = row.Uint
		}
		return c
	}
	switch d.word {
	case "bit":
		if c.Kind, c.Bits = row.Uint, d.width; d.width == 1 {
			c.Kind = row.Bool
		}
	case "year":
		c.Check = yearHeld
	case "float", "double":
		c.Kind, c.Finite, c.Single = row.Float, true, d.word == "float"
	case "decimal":
		c.Kind, c.Width, c.Scale = row.Decimal, d.width, d.scale
	case "date", "datetime", "timestamp":
		c.Kind = map[string]row.Kind{"date": row.Date, "datetime": row.Timestamp, "timestamp": row.TimestampTZ}[d.word]
		c.Odd = func(text []byte) bool { return zeroDate(c.Kind, text, d.fraction) }
		if d.word == "timestamp" {
			c.First, c.Last = firstTimestamp, lastTimestamp
			if lateServer(d.version) {
				c.Last = lateTimestamp
			}
		}
	case "time":
		c.Kind, c.Check = row.Time, duration
	case "char", "varchar":
		c.Length, c.Padded = d.length, d.word == "char"
	case "tinytext", "text", "mediumtext", "longtext":
		c.Length, c.Sized = d.length, true
	case "json":
		c.Kind = row.JSON
		c.Check = func(text []byte) error { return load.ExactJSON(text, true) }
	case "binary":
		c.Kind, c.Length = row.Bytes, d.length
		c.Check = func(v []byte) error {
			if len(v) != d.length {
				return errors.New("it would be filled with zeros at its end")
			}
			return nil
		}
	case "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector", "geometry", "point", "linestring", "polygon",
		"multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection":
		c.Kind, c.Length = row.Bytes, d.length
	}
	c.Plain = c.Kind == row.Text && (d.charset == "utf8" || d.charset == "utf8mb3" || d.charset == "ucs2")
	return c
}

// lateServer reports whether a server's TIMESTAMP ends in 2106.
func lateServer(version string) bool {
	var major, minor int
	_, err := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return err == nil && strings.Contains(version, "MariaDB") && (major > 11 || major == 11 && minor >= 5)
}

// zeroDate reports whether a text is a date with zeros, or a date that its month does not
// have. These servers can store both.
func zeroDate(kind row.Kind, text []byte, fraction int) bool {
	t := string(text)
	if len(t) < 10 || t[4] != '-' || t[7] != '-' || strings.Trim(t[:4]+t[5:7]+t[8:10], "0123456789") != "" || t[5:7] > "12" || t[8:10] > "31" {
		return false
	}
	if kind == row.Date {
		return len(t) == 10
	}
	if kind == row.TimestampTZ && t[:10] != "0000-00-00" || len(t) < 19 || t[10] != ' ' {
		return false
	}
	_, part, _ := strings.Cut(t[19:], ".")
	return len(strings.TrimRight(part, "0")) <= fraction && row.IsTime([]byte(t[11:])) && !strings.ContainsAny(t[11:], "+-")
}

// yearHeld refuses years that YEAR cannot hold, or that it would change: 77 becomes 1977,
// and '0' becomes 2000.
func yearHeld(text []byte) error {
	if t := string(text); t == "0000" || len(t) == 4 && t > "1900" && t < "2156" && strings.Trim(t, "0123456789") == "" {
		return nil
	}
	return errors.New("it is no such year: these are 1901 to 2155, and 0000")
}

// duration refuses times beyond the range of TIME.
func duration(text []byte) error {
	hours, _, _ := strings.Cut(strings.TrimPrefix(string(text), "-"), ":")
	n, err := strconv.Atoi(hours)
	if err != nil || n > 838 {
		return errors.New("it is out of range")
	}
	return nil
}

// Columns returns the columns of a table that Create makes. See [load.Loader].
func (s *Source) Columns(columns []load.Column) []load.Column {
	made := make([]load.Column, len(columns))
	for i, c := range columns {
		name, d := typeFor(c)
		made[i] = d.holds(load.Column{Name: c.Name, Type: name})
	}
	return made
}

// The most digits of a DECIMAL, and how many of them may follow the point.
const mostDigits, mostScale = 65, 30

// typeFor returns the type for a column of a new table.
func typeFor(c load.Column) (string, declared) {
	switch c.Kind {
	case row.Bool:
		return "boolean", declared{word: "tinyint"}
	case row.Int:
		return "bigint", declared{word: "bigint"}
	case row.Uint:
		return "bigint unsigned", declared{word: "bigint", full: "bigint unsigned"}
	case row.Float:
		return "double", declared{word: "double"}
	case row.Decimal:
		width, scale := c.Width, c.Scale
		if width <= 0 || width > mostDigits || scale < 0 || scale > mostScale {
			width, scale = mostDigits, min(c.Part, mostScale)
		}
		return fmt.Sprintf("decimal(%d,%d)", width, scale), declared{word: "decimal", width: width, scale: scale}
	case row.Date:
		return "date", declared{word: "date"}
	case row.Time:
		if !c.Zoned {
			return "time(6)", declared{word: "time", fraction: 6}
		}
		return "varchar(40)", declared{word: "varchar", length: 40}
	case row.Timestamp:
		return "datetime(6)", declared{word: "datetime", fraction: 6}
	case row.TimestampTZ:
		return "timestamp(6) NULL", declared{word: "timestamp", fraction: 6}
	case row.Bytes:
		return "longblob", declared{word: "longblob"}
	case row.JSON:
		if c.Source == "JSON" { // from MySQL, which prints JSON in a form of its own
			return "json", declared{word: "json"}
		}
	}
	return "longtext", declared{word: "longtext"}
}
