// One statement over all sources is compared with the clients, which execute its parts, and with
// the same work on gathered rows.
package main

import "path/filepath"

// The clients execute their parts of a statement at the same time.
const clients = psql + `-A -t -c "$PART" >"$DIR/pg.csv" &` + "\na=$!\n" +
	mariadb + `--batch --quick -e "$PART" "$DATABASE" >"$DIR/my.tsv" &` + "\nb=$!\n" +
	`sqlite3 -csv "$LITE" "$PART" >"$DIR/lite.csv" &` + "\nc=$!\n" +
	"wait $a && wait $b && wait $c"

// keysThenRows is the join as a user would do it with two clients, one after the other.
const keysThenRows = `KEYS=$(sqlite3 "$LITE" "select group_concat(distinct customer_id) from orders where id <= 1000") && ` +
	psql + `-A -t -c "select customer_id, amount from orders where customer_id = any('{$KEYS}'::int[])" >"$DIR/pg.csv"`

const (
	grouped = "select region, count(*) as n, sum(amount) as amount, avg(score) as score, min(placed_at) as placed_at from orders group by region"
	top     = "select id, amount from orders order by amount desc, id limit 10"
	some    = "select id, amount from orders where customer_id < 1000" // 1% of them
	joined  = "select count(*) as n, sum(o.amount) as amount from pg.orders o join lite.orders k on o.customer_id = k.customer_id where k.id <= 1000"
)

// sql returns a run of fanql sql that writes a file with that number of rows. If the number is
// negative, any number is accepted.
func (r ring) sql(rows int, args ...string) runner {
	check := nothing
	if rows >= 0 {
		check = hasRecords(r.out(), rows)
	}
	return whole(append([]string{r.bin, "sql", "-q", "--csv", "--timeout", "10m", "-o", r.out()}, args...), nil, check, r.out())
}

// federated returns the contests of fanql sql.
func (r ring) federated(pg, my, lite string) []contest {
	three := from(pg, my, lite)
	with := func(args ...string) []string { return append(args, three...) }
	part := func(text string) runner { return r.script(clients, "PART="+text) }
	reduce := r.ours(hasRecords(r.out(), regions), with("--csv", allRows, "--reduce", "select region, count(*) as n, sum(amount) as amount, avg(score) as score, min(placed_at) as placed_at from rows group by region")...)
	tenants := filepath.Join(r.dir, "small", "00*.db") // 1,000 files
	byHand := r.ours(hasRecords(r.out(), 1), "--csv", "select sum(score) as s, count(score) as n from orders", "--reduce", "select sum(s) / sum(n) as score from rows", "-s", tenants)
	const aside = "the three clients' own parts of it, side by side"
	return []contest{
		{"`fanql sql`: four aggregates in groups", aside, limit{ratio: 1.10}, onThree, false, r.sql(regions, with(grouped)...), part(grouped)},
		{"`fanql sql`: four aggregates in groups", "`--reduce` over the gathered rows", limit{ratio: 0.45}, onThree, false, r.sql(regions, with(grouped)...), reduce},
		{"`fanql sql`: the first 10 by amount", aside, limit{ratio: 1.10}, onThree, false, r.sql(10, with(top)...), part(top)},
		{"`fanql sql`: a filter that keeps 1%", aside, limit{ratio: 1.15}, onThree, false, r.sql(-1, with(some)...), part(some)},
		{"`fanql sql`: a join with 1,000 keys of another database", "the same with `--no-push`", limit{ratio: 0.10}, onPostgres | onSQLite, false, r.sql(1, "-s", pg, "-s", lite, joined), r.sql(1, "-s", pg, "-s", lite, "--no-push", joined)},
		{"`fanql sql`: a join with 1,000 keys of another database", "`sqlite3` for the keys, and then `psql` with them", limit{ratio: 1.30}, onPostgres | onSQLite, false, r.sql(1, "-s", pg, "-s", lite, joined), r.script(keysThenRows)},
		{"`fanql sql`: an average over 1,000 SQLite files", "`fanql query` and `--reduce`, with the parts by hand", limit{ratio: 1.20}, onSmall, false, r.sql(1, "select avg(score) as score from orders", "-s", tenants), byHand},
	}
}
