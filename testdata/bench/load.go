// Loads: into a table of PostgreSQL, against psql's \copy of a CSV file that is finished.
package main

// A table like that of the rows, without rows.
const (
	emptied = psql + `-c "create table if not exists loaded as table orders with no data" -c "truncate loaded"`

	pgCopy = `[ -f "$DIR/finished.csv" ] || ` + psql + `-c "\\copy ($QUERY) to '$DIR/finished.csv' csv header" || exit 1` + "\n" +
		emptied + ` -c "\\copy loaded from '$DIR/finished.csv' csv header"`
	ourLoad = emptied + ` && exec "$FANQL" load -q --no-source-column --timeout 10m -s "$FROM" --to "$TO" --table loaded "$QUERY"`
)

// loads are the contests. fanql reads the rows from their database as well, which psql
// has done before; a ratio of 1.25 is 0.8 of its speed.
func (r ring) loads(pg, lite string) []contest {
	load := func(from string) runner {
		return r.script(ourLoad, "FANQL="+r.bin, "FROM="+from, "TO="+pg[len("pg="):])
	}
	const finished = "`psql \\copy` of a finished CSV"
	return []contest{
		{"PostgreSQL to a table of PostgreSQL", finished, limit{ratio: 1.25}, onPostgres, false, load(pg), r.script(pgCopy)},
		{"SQLite to a table of PostgreSQL", finished, limit{ratio: 1.25}, onPostgres | onSQLite, false, load(lite), r.script(pgCopy)},
	}
}
