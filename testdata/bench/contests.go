// The contests: fanql against the databases' own clients.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/fanql/fanql/testdata/testkit"
)

// The commands of the clients. Each writes a file. For JSON each client uses its fastest method.
// With FETCH_COUNT, psql does not hold all rows in memory, and COPY would escape the JSON again.
// mariadb has no JSON format.
const (
	psql    = `"$PSQL" -X -q -v ON_ERROR_STOP=1 `
	mariadb = `mariadb --no-defaults --protocol=tcp -h "$MYSQL_HOST" -P "$MYSQL_PORT" -u "$MYSQL_ROLE" --default-character-set=utf8mb4 `

	pgCSV   = psql + `-c "\\copy ($QUERY) to '$DIR/pg.csv' csv header"`
	myTSV   = mariadb + `--batch --quick -e "$QUERY" "$DATABASE" >"$DIR/my.tsv"`
	liteCSV = `sqlite3 -csv -header "$LITE" "$QUERY" >"$DIR/lite.csv"`

	pgJSON   = psql + `-A -t -v FETCH_COUNT=1000 -c "select row_to_json(o) from ($QUERY) o" >"$DIR/theirs"`
	myJSON   = mariadb + `--batch --quick --raw --skip-column-names -e "$MYSQL_OBJECTS" "$DATABASE" >"$DIR/theirs"`
	liteJSON = `sqlite3 -json "$LITE" "$QUERY" >"$DIR/theirs"`

	pgTable   = psql + `-c "$QUERY" >"$DIR/theirs"`
	myTable   = mariadb + `--table -e "$QUERY" "$DATABASE" >"$DIR/theirs"`
	liteTable = `sqlite3 -box "$LITE" "$QUERY" >"$DIR/theirs"`

	sideBySide = pgCSV + " &\na=$!\n" + myTSV + " &\nb=$!\n" + liteCSV + " &\nc=$!\n" +
		`wait $a && wait $b && wait $c && cat "$DIR/pg.csv" "$DIR/my.tsv" "$DIR/lite.csv" >"$DIR/theirs"`
	oneByOne = `for f in "$DIR"/many/*.db; do sqlite3 -csv "$f" "$QUERY"; done >"$DIR/theirs"`
	xargs    = `printf '%s\n' "$DIR"/small/*.db | xargs -P "$CPUS" -I{} sqlite3 -csv {} "$QUERY" >"$DIR/theirs"`
)

// A ring holds what all contests need.
type ring struct {
	bin, dir string
	self     string           // this program, which can also be a rival
	crowd    *testkit.StandIn // stands in for thousands of PostgreSQL servers
	// mysqlCrowd stands in for thousands of MySQL servers.
	mysqlCrowd *testkit.StandIn
	all        databases
}

func (r ring) file(name string) string { return filepath.Join(r.dir, name) }

// env is the environment of the scripts.
func (r ring) env() []string {
	pg, my := r.all.postgres, r.all.mariadb
	pgPassword, _ := pg.User.Password()
	myPassword, _ := my.User.Password()
	return []string{
		"PGPASSWORD=" + pgPassword, "PGUSER=" + pg.User.Username(), "PGDATABASE=" + database,
		"PGHOST=" + pg.Hostname(), "PGPORT=" + pg.Port(),
		"MYSQL_PWD=" + myPassword, "MYSQL_HOST=" + my.Hostname(), "MYSQL_PORT=" + my.Port(),
		"MYSQL_ROLE=" + my.User.Username(), "MYSQL_OBJECTS=" + mysqlObjects,
		"QUERY=" + allRows, "DATABASE=" + database, "LITE=" + r.all.sqlite, "DIR=" + r.dir,
		"CPUS=" + fmt.Sprint(runtime.NumCPU()), "PSQL=" + psqlItself(),
	}
}

// script returns a rival: a shell script that creates files. All of them are removed afterwards.
func (r ring) script(text string, more ...string) runner {
	return whole([]string{"sh", "-c", text}, append(r.env(), more...), nothing,
		r.file("pg.csv"), r.file("my.tsv"), r.file("lite.csv"), r.file("theirs"))
}

// out is the file that fanql writes to.
func (r ring) out() string { return r.file("ours") }

// ours returns a run of fanql that writes a file.
func (r ring) ours(check func() error, args ...string) runner {
	argv := append([]string{r.bin, "query", "-q", "--no-source-column", "--timeout", "10m", "-o", r.out()}, args...)
	return whole(argv, nil, check, r.out())
}

// export returns a run of fanql that writes all rows of the sources.
func (r ring) export(format string, sources ...string) runner {
	rows := r.all.rows * len(sources)
	check := map[string]func() error{
		"csv": hasRecords(r.out(), rows), "jsonl": hasLines(r.out(), rows), "table": hasNumbered(r.out(), rows),
	}[format]
	return r.ours(check, append([]string{"--format", format, allRows}, from(sources...)...)...)
}

// from returns -s for each source.
func from(sources ...string) (args []string) {
	for _, s := range sources {
		args = append(args, "-s", s)
	}
	return args
}

// exportTo returns a run of fanql that writes a file in the format of its suffix. The file must
// have at least a byte for each row.
func (r ring) exportTo(name string, sources ...string) runner {
	argv := append([]string{r.bin, "query", "-q", "--no-source-column", "--timeout", "10m", "-o", r.file(name), allRows}, from(sources...)...)
	return whole(argv, nil, func() error {
		info, err := os.Stat(r.file(name))
		if err == nil && info.Size() < int64(r.all.rows) {
			err = fmt.Errorf("%s has %d bytes for %d rows", name, info.Size(), r.all.rows)
		}
		return err
	}, r.file(name))
}

func (r ring) contests(silent string) []contest {
	pg, my, lite := "pg="+r.all.postgres.String(), "my="+r.all.mariadb.String(), "lite=sqlite:"+r.all.sqlite
	const csv, jsonl, table = "csv", "jsonl", "table"
	three, alone := r.export(csv, pg, my, lite), slowest(r.script(pgCSV), r.script(myTSV), r.script(liteCSV))
	return slices.Concat([]contest{
		{"PostgreSQL to CSV", "`psql \\copy`", limit{ratio: 0.60}, onPostgres, false, r.export(csv, pg), r.script(pgCSV)},
		{"MariaDB to CSV", "`mariadb --batch --quick`", limit{ratio: 0.50}, onMariaDB, false, r.export(csv, my), r.script(myTSV)},
		{"SQLite to CSV", "`sqlite3 -csv`", limit{ratio: 0.38}, onSQLite, false, r.export(csv, lite), r.script(liteCSV)},
		{"PostgreSQL to `.csv.zst`", "the plain CSV of fanql", limit{ratio: 1.15}, onPostgres, false, r.exportTo("ours.csv.zst", pg), r.exportTo("ours.csv", pg)},
		{"memory of PostgreSQL to Parquet", "", limit{memory: 256 << 20}, onPostgres, false, r.exportTo("ours.parquet", pg), nil},
		{"three sources to CSV", "the three clients side by side and `cat`", limit{ratio: 0.60}, onThree, false, three, r.script(sideBySide)},
		{"three sources to CSV", "the slowest of the three clients, alone", limit{ratio: 1.15}, onThree, false, three, alone},
		{"PostgreSQL to JSON lines", "`psql`, `row_to_json`", limit{ratio: 0.60}, onPostgres, false, r.export(jsonl, pg), r.script(pgJSON)},
		{"MariaDB to JSON lines", "`mariadb`, `json_object`", limit{ratio: 0.60}, onMariaDB, false, r.export(jsonl, my), r.script(myJSON)},
		{"SQLite to JSON lines", "`sqlite3 -json`", limit{ratio: 0.60}, onSQLite, false, r.export(jsonl, lite), r.script(liteJSON)},
		{"PostgreSQL to a table", "`psql`", limit{ratio: 0.60}, onPostgres, false, r.export(table, pg), r.script(pgTable)},
		{"MariaDB to a table", "`mariadb --table`", limit{ratio: 0.60}, onMariaDB, false, r.export(table, my), r.script(myTable)},
		{"SQLite to a table", "`sqlite3 -box`", limit{ratio: 0.60}, onSQLite, false, r.export(table, lite), r.script(liteTable)},
		{"memory of three sources into a pipe, `--memory 64MiB`", "", limit{memory: (64 + 64) << 20}, onThree, false, r.piped(pg, my, lite), nil},
	}, r.wide(), r.catalogues(), r.quick(pg, silent), r.merged(pg, my, lite), r.federated(pg, my, lite), r.loads(pg, my, lite), r.checked(pg, lite), r.completions())
}
