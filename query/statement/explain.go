// EXPLAIN in its three dialects, and MySQL's DESCRIBE, which is the same. It
// reads as long as it does not run what it explains.

package statement

func (t *parsed) explain() error {
	switch t.dialect {
	case Postgres:
		return t.explainPostgres()
	case MySQL:
		return t.explainMySQL()
	}
	return t.explainSQLite()
}

func (t *parsed) analyzes(i int) error {
	return t.fault(t.tokens[i].start, "EXPLAIN ANALYZE runs the statement, and a query only reads: leave %s out", t.word(i))
}

func (t *parsed) isAnalyze(i int) bool { return t.word(i) == "ANALYZE" || t.word(i) == "ANALYSE" }

// explainPostgres: EXPLAIN [VERBOSE] or EXPLAIN (option [value], ...).
func (t *parsed) explainPostgres() error {
	i := 1
	if t.symbol(1) == "(" && t.symbol(2) != "(" && !queryVerb(t.keyword(2)) {
		for i = 2; i < t.past(1); i++ {
			if t.isAnalyze(i) {
				return t.analyzes(i)
			}
		}
	}
	for ; t.isAnalyze(i) || t.word(i) == "VERBOSE"; i++ {
		if t.isAnalyze(i) {
			return t.analyzes(i)
		}
	}
	return t.queryAt(i)
}

// explainMySQL: EXPLAIN [EXTENDED | PARTITIONS | FORMAT = x] query, EXPLAIN FOR
// CONNECTION n, or EXPLAIN table [column].
func (t *parsed) explainMySQL() error {
	i := 1
	if t.word(i) == "FORMAT" && t.symbol(i+1) == "=" {
		i += 3
	} else if (t.word(i) == "EXTENDED" || t.word(i) == "PARTITIONS") && i+1 < len(t.tokens) {
		i++
	}
	switch {
	case t.isAnalyze(i):
		return t.analyzes(i)
	case t.symbol(i) == "(" || queryVerb(t.keyword(i)):
		return t.queryAt(i)
	case i == 1 && t.words(i, "FOR", "CONNECTION") && len(t.tokens) == i+3:
		return nil
	case i == 1 && t.describesTable(i):
		return nil
	}
	return t.refuse(i)
}

// describesTable: a name, perhaps with its database's, and perhaps a column or
// a pattern are all that there is from token i on.
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

// explainSQLite: EXPLAIN [QUERY PLAN]. Only of a query: SQLite runs some
// pragmas while it prepares them.
func (t *parsed) explainSQLite() error {
	i := 1
	if t.words(i, "QUERY", "PLAN") {
		i += 2
	}
	return t.queryAt(i)
}
