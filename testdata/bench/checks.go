// Contests of checks: compared with an export of the rows that they check, and with a history
// compared with none.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"
)

const (
	// eachRow uses numbers, a boolean and a text of every row.
	eachRow = "amount >= 0 && (paid or customer_id < 200000) && region != nil"
	// overAll has no distinct(id), since distinct does not remember 2 million ids.
	overAll = "sum(amount) > 0 && max(score) < 101 && count(id) == count() && distinct(region) == 5"
	// manyChecks is the number of checks in a run with a history.
	manyChecks = 200
)

// checked returns contests of checks over all rows of a source. The export writes the same rows to
// a file.
func (r ring) checked(pg, lite string) []contest {
	export := func(source string) runner { return r.export("csv", source) }
	check := func(source, expect string) runner {
		text := fmt.Sprintf("checks:\n  all-rows: {sql: %q, timeout: 10m, expect: {%s}}\n", allRows, expect)
		return r.check(text, source)
	}
	each, all := fmt.Sprintf("each: %q", eachRow), fmt.Sprintf("all: %q", overAll)
	return []contest{
		{"a check of each row of PostgreSQL", exportedRows, limit{ratio: 2}, onPostgres, false, check(pg, each), export(pg)},
		{"a check of each row of SQLite", exportedRows, limit{ratio: 2}, onSQLite, false, check(lite, each), export(lite)},
		{"a check of all rows of PostgreSQL", exportedRows, limit{ratio: 3}, onPostgres, false, check(pg, all), export(pg)},
		{"a check of all rows of SQLite", exportedRows, limit{ratio: 3}, onSQLite, false, check(lite, all), export(lite)},
		{fmt.Sprintf("%d checks with a history", manyChecks), "the same without it", limit{plus: 20 * time.Millisecond}, onSmall, true, r.remembered(true), r.remembered(false)},
	}
}

const exportedRows = "fanql's export of them to CSV"

// check returns a run of fanql check with a file of checks. All of them pass.
func (r ring) check(text string, args ...string) runner {
	file := r.file("checks.yaml")
	return func(ctx context.Context) (measure, error) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return measure{}, err
		}
		argv := append([]string{r.bin, "check", file, "--timeout", "10m"}, from(args...)...)
		return whole(argv, nil, nothing)(ctx)
	}
}

// remembered returns a run of many checks over two small files. Each check has two numbers. The
// history has the earlier runs.
func (r ring) remembered(with bool) runner {
	var text bytes.Buffer
	text.WriteString("checks:\n")
	for i := range manyChecks {
		fmt.Fprintf(&text, "  check-%03d: {sql: \"select count(*) as n, sum(amount) as total from orders where id <> %d\", expect: n > 0}\n", i, i)
	}
	file := r.file("many.yaml")
	argv := append([]string{r.bin, "check", file, "-q"}, from("eu="+r.file("small/00000.db"), "us="+r.file("small/00001.db"))...)
	if with {
		argv = append(argv, "--history", r.file("history.db"))
	}
	return func(ctx context.Context) (measure, error) {
		if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
			return measure{}, err
		}
		return whole(argv, nil, nothing)(ctx)
	}
}
