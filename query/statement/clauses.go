// Queries that do more than read: SELECT INTO, locks, and common table
// expressions that write.

package statement

import "slices"

// queryVerb reports whether a query can begin with the word.
func (t *parsed) queryVerb(verb string) bool {
	switch verb {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return true
	}
	return slices.Contains(t.dialect.Queries, verb)
}

// queryAt returns an error unless the query from token i to the end of the text only reads.
func (t *parsed) queryAt(i int) error {
	for t.symbol(i) == "(" {
		i++
	}
	if !t.queryVerb(t.keyword(i)) {
		return t.refuse(i)
	}
	for n := i; n < len(t.tokens); n++ {
		if t.keyword(n) == "WITH" && (n == i || t.dialect.WithWrites && t.symbol(n-1) == "(") {
			if err := t.with(n); err != nil {
				return err
			}
		}
		if err := t.clause(n); err != nil {
			return err
		}
	}
	return nil
}

// clause returns an error if a clause that does more than read begins at token i.
func (t *parsed) clause(i int) error {
	at := t.tokens[i].start
	switch t.keyword(i) {
	case "INTO":
		return t.fault(at, "a query only reads: SELECT ... INTO is not sent")
	case "FOR":
		if t.lengthOf(i) {
			return nil
		}
		for _, lock := range [][]string{{"UPDATE"}, {"SHARE"}, {"NO", "KEY", "UPDATE"}, {"KEY", "SHARE"}} {
			if t.words(i+1, lock...) {
				return t.fault(at, "FOR %s locks rows, and a query only reads: leave it out", lock[len(lock)-1])
			}
		}
	}
	for _, phrase := range t.dialect.Refused {
		if t.words(i, phrase.Words...) {
			return t.fault(at, "%s", phrase.Why)
		}
	}
	return nil
}

// lengthOf reports whether the FOR at token i belongs to a substring(x from 2 for n). A
// name follows such a FOR, even one like update.
func (t *parsed) lengthOf(i int) bool {
	if opener := t.tokens[i].opener; opener > 0 {
		switch t.word(opener - 1) {
		case "SUBSTRING", "SUBSTR", "MID", "OVERLAY":
			return true
		}
	}
	return false
}

// with returns an error unless each body of the WITH at token i, and its main statement,
// only reads. The caller checks a WITH inside a body.
func (t *parsed) with(i int) error {
	i++
	if t.word(i) == "RECURSIVE" && t.word(i+1) != "AS" && t.symbol(i+1) != "(" {
		i++
	}
	for {
		i++ // the name
		if t.symbol(i) == "(" {
			i = t.past(i)
		}
		if t.word(i) != "AS" {
			return t.unlike(i)
		}
		for i++; t.word(i) == "NOT" || t.word(i) == "MATERIALIZED"; i++ {
		}
		if t.symbol(i) != "(" {
			return t.unlike(i)
		}
		body := i + 1
		for t.symbol(body) == "(" {
			body++
		}
		if !t.queryVerb(t.keyword(body)) {
			return t.refuse(body)
		}
		end := t.past(i)
		var ok bool
		if i, ok = t.searchAndCycle(end); !ok {
			return t.unlike(end)
		}
		if t.symbol(i) != "," {
			break
		}
		i++
	}
	for t.symbol(i) == "(" {
		i++
	}
	if !t.queryVerb(t.keyword(i)) {
		return t.refuse(i)
	}
	if t.keyword(i) == "WITH" && t.symbol(i-1) != "(" {
		return t.unlike(i)
	}
	return nil
}

// unlike returns the error for a WITH with an unexpected token i. A statement that cannot
// be parsed is not sent.
func (t *parsed) unlike(i int) error {
	at := t.end
	if i < len(t.tokens) {
		at = t.tokens[i].start
	}
	return t.fault(at, "the WITH cannot be read: it goes with name [(columns)] as (select ...), ... select")
}

// past returns the index of the token after the parenthesis that closes the one at i.
func (t *parsed) past(i int) int {
	if closing, ok := t.match[i]; ok {
		return closing + 1
	}
	return len(t.tokens)
}

// searchAndCycle skips the clauses that may follow a body: SEARCH DEPTH FIRST BY a, b SET
// c, then CYCLE a, b SET c [TO x DEFAULT y] USING d or MariaDB's CYCLE a, b RESTRICT. It
// follows the grammar exactly, because columns may have the names of verbs.
func (t *parsed) searchAndCycle(i int) (next int, ok bool) {
	if t.word(i) == "SEARCH" {
		set := t.columns(i + 4)
		if t.word(i+2) != "FIRST" || t.word(i+3) != "BY" || t.word(set) != "SET" {
			return i, false
		}
		i = set + 2
	}
	if t.word(i) != "CYCLE" {
		return i, true
	}
	i = t.columns(i + 1)
	if t.word(i) == "RESTRICT" {
		return i + 1, true
	}
	if t.word(i) != "SET" {
		return i, false
	}
	i += 2
	if t.word(i) == "TO" {
		for i < len(t.tokens) && t.keyword(i) != "USING" {
			i++
		}
	}
	return i + 2, t.word(i) == "USING"
}

// columns skips a list of columns such as a, b, c.
func (t *parsed) columns(i int) int {
	for t.symbol(i+1) == "," {
		i += 2
	}
	return i + 1
}
