// Contests of loads into a table, compared with the database's own client and a file that exists
// already.
package main

// A table with the same columns and without rows. MariaDB's file is in the format that LOAD DATA
// reads, which is also fanql's tsv.
const (
	emptied = psql + `-c "create table if not exists loaded as table orders with no data" -c "truncate loaded"`

	pgCopy = `[ -f "$DIR/finished.csv" ] || ` + psql + `-c "\\copy ($QUERY) to '$DIR/finished.csv' csv header" || exit 1` + "\n" +
		emptied + ` -c "\\copy loaded from '$DIR/finished.csv' csv header"`
	pgLoad = emptied + ` && exec "$FANQL" load -q --no-source-column --timeout 10m -s "$FROM" --to "$TO" --table loaded "$QUERY"`

	myEmptied = mariadb + `-e "create table if not exists loaded like orders; truncate loaded" "$DATABASE"`

	myFill = `[ -f "$DIR/finished.tsv" ] || "$FANQL" query -q --no-source-column --timeout 10m -s "$TO" -o "$DIR/finished.tsv" "$QUERY" || exit 1` + "\n" +
		myEmptied + ` && ` + mariadb + `--local-infile=1 -e "load data local infile '$DIR/finished.tsv' into table loaded character set utf8mb4 ignore 1 lines" "$DATABASE"`
	myLoad = myEmptied + ` && exec "$FANQL" load -q --no-source-column --timeout 10m -s "$FROM" --to "$TO" --table loaded "$QUERY"`
)

// loads returns the contests. fanql also reads the rows from their database, which the client has
// done before. A ratio of 1.25 means 0.8 of the client's speed.
func (r ring) loads(pg, my, lite string) []contest {
	mysql := "my=" + r.all.mysql.String()
	password, _ := r.all.mysql.User.Password()
	run := func(script, from, to string) runner {
		return r.script(script, "FANQL="+r.bin, "FROM="+from, "TO="+to[len("pg="):])
	}
	inMySQL := func(script, from string) runner {
		return r.script(script, "FANQL="+r.bin, "FROM="+from, "TO="+mysql[len("my="):], "MYSQL_PWD="+password,
			"MYSQL_HOST="+r.all.mysql.Hostname(), "MYSQL_PORT="+r.all.mysql.Port(), "MYSQL_ROLE="+r.all.mysql.User.Username())
	}
	const (
		copied = "`psql \\copy` of a finished CSV"
		local  = "`mariadb`, LOAD DATA LOCAL of a finished file"
	)
	atMost := limit{ratio: 1.25}
	return []contest{
		{"PostgreSQL to a table of PostgreSQL", copied, atMost, onPostgres, false, run(pgLoad, pg, pg), r.script(pgCopy)},
		{"SQLite to a table of PostgreSQL", copied, atMost, onPostgres | onSQLite, false, run(pgLoad, lite, pg), r.script(pgCopy)},
		{"MariaDB to a table of MariaDB", local, atMost, onMariaDB, false, run(myLoad, my, my), run(myFill, my, my)},
		{"SQLite to a table of MariaDB", local, atMost, onMariaDB | onSQLite, false, run(myLoad, lite, my), run(myFill, my, my)},
		{"MySQL to a table of MySQL", local, atMost, onMySQL, false, inMySQL(myLoad, mysql), inMySQL(myFill, mysql)},
		{"SQLite to a table of MySQL", local, atMost, onMySQL | onSQLite, false, inMySQL(myLoad, lite), inMySQL(myFill, mysql)},
	}
}
