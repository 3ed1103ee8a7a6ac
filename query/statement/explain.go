// EXPLAIN in its three dialects, and MySQL's DESCRIBE, which is the same. EXPLAIN only
// reads as long as it does not run the explained statement. In a session that cannot write,
// PostgreSQL and SQLite also plan a statement that writes. MySQL and MariaDB refuse that
// (error 1792, measured with MySQL 9.7 and MariaDB 10.11).

package statement

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

func (t *parsed) explain() error {
	switch t.dialect.Explain {
	case driver.ExplainOptions:
		return t.explainOptions()
	case driver.ExplainTables:
		return t.explainTables()
	case driver.ExplainQueryPlan:
		return t.explainQueryPlan()
	}
	return t.refuse(0)
}

func (t *parsed) analyzes(i int) error {
	return t.fault(t.tokens[i].start, "EXPLAIN ANALYZE runs the statement, and a query only reads: leave %s out", t.word(i))
}

func (t *parsed) isAnalyze(i int) bool { return t.word(i) == "ANALYZE" || t.word(i) == "ANALYSE" }

// planned checks the statement that begins at token i and is only planned. It may be one
// that reads or one that writes rows.
func (t *parsed) planned(i int) error {
	first := i
	for t.symbol(first) == "(" {
		first++
	}
	switch verb := t.keyword(first); {
	case first == i && slices.Contains(t.dialect.Plans, verb),
		verb == "WITH" && t.queryAt(i) != nil && t.writesRows(first):
		t.plansWrite = true
		return nil
	}
	return t.queryAt(i)
}

// writesRows reports whether the WITH at token i contains a statement that writes rows. It
// checks all words, so it may take a statement that reads for one that writes. That is
// safe: a statement that writes is refused in more places than one that reads.
func (t *parsed) writesRows(i int) bool {
	for ; i < len(t.tokens); i++ {
		switch t.keyword(i) {
		case "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE":
			return true
		}
	}
	return false
}

// explainOptions: EXPLAIN [VERBOSE] or EXPLAIN (option [value], ...).
func (t *parsed) explainOptions() error {
	i := 1
	if t.symbol(1) == "(" && t.symbol(2) != "(" && !t.queryVerb(t.keyword(2)) {
		for i = 2; i < t.past(1); i++ {
			if t.isAnalyze(i) {
				return t.analyzes(i)
			}
			if t.tokens[i].kind == quoted { // "analyze" and U&"\0061nalyze" are ANALYZE
				return t.fault(t.tokens[i].start, "EXPLAIN's options are read only without quotes: write %s out", t.text(t.tokens[i]))
			}
		}
	}
	for ; t.isAnalyze(i) || t.word(i) == "VERBOSE"; i++ {
		if t.isAnalyze(i) {
			return t.analyzes(i)
		}
	}
	return t.planned(i)
}

// explainTables: EXPLAIN [EXTENDED | PARTITIONS | FORMAT = x] query, EXPLAIN FOR
// CONNECTION n, or EXPLAIN table [column].
func (t *parsed) explainTables() error {
	i := 1
	if t.word(i) == "FORMAT" && t.symbol(i+1) == "=" {
		i += 3
	} else if (t.word(i) == "EXTENDED" || t.word(i) == "PARTITIONS") && i+1 < len(t.tokens) {
		i++
	}
	switch {
	case t.isAnalyze(i):
		return t.analyzes(i)
	case t.symbol(i) == "(" || t.queryVerb(t.keyword(i)):
		return t.queryAt(i)
	case i == 1 && t.words(i, "FOR", "CONNECTION") && len(t.tokens) == i+3:
		return nil
	case i+2 < len(t.tokens) && slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "REPLACE"}, t.keyword(i)):
		return t.fault(t.tokens[i].start, "%s plan no %s in a session that only reads: explain a SELECT of the same rows", strings.Join(t.dialect.Products, " and "), t.keyword(i))
	case i == 1 && t.describesTable(i):
		return nil
	}
	return t.refuse(i)
}

// describesTable reports whether nothing follows from token i on but the name of a table,
// perhaps with its database, and perhaps a column or a pattern.
func (t *parsed) describesTable(i int) bool {
	name := func() bool { return i < len(t.tokens) && t.tokens[i].kind <= quoted }
	if !name() {
		return false
	}
	i++
	if t.symbol(i) == "." {
		if i++; !name() {
			return false
		}
		i++
	}
	if i < len(t.tokens) && t.tokens[i].kind <= str {
		i++
	}
	return i == len(t.tokens)
}

// explainQueryPlan: EXPLAIN [QUERY PLAN], but not of a pragma, since SQLite runs some
// pragmas while it prepares them.
func (t *parsed) explainQueryPlan() error {
	i := 1
	if t.words(i, "QUERY", "PLAN") {
		i += 2
	}
	return t.planned(i)
}
