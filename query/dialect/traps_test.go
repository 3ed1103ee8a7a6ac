// Traps: each reproduces a statement that gives different results at a server and in DuckDB
// if it is written in the obvious way.

package dialect

import (
	"slices"
	"strings"
	"testing"
)

// traps run on the peers' databases. Each drops what it has created.
var traps = map[string]func(t *testing.T, all []peer){
	"Texts and numbers are not compared":           textsAndNumbersDoNotMeet,
	"A year minus a year is not unsigned":          aYearMinusAYearIsNotUnsigned,
	"|| is not OR":                                 concatIsNoOr,
	"Whole numbers divide to fractions":            wholeNumbersDivideToFractions,
	"A float of 32 bits is not computed with":      aFloatOf32BitsIsNotComputedWith,
	"The blanks of a char are of its value":        theBlanksOfACharAreOfItsValue,
	"A collation that takes texts for equal":       aCollationThatTakesTextsForEqual,
	"Equal texts use the index of their collation": equalTextsUseTheIndexOfTheirCollation,
	"SQLite takes no unknown column for a text":    sqliteTakesNoUnknownColumnForAText,
	"Cells that contradict their column are seen":  cellsThatContradictTheirColumnAreSeen,
	"Own types become logical ones":                ownTypesBecomeLogicalOnes,
	"Refusals say why":                             refusalsSayWhy,
}

func TestTraps(t *testing.T) {
	all := peers(t)
	for name, trap := range traps {
		t.Run(name, func(t *testing.T) {
			trap(t, all)
			for _, p := range all {
				p.exec(t, "drop table if exists trap")
			}
		})
	}
}

// answer prints a statement with one column for a peer, and returns its rows.
func answer(t *testing.T, p peer, s Select) []string {
	t.Helper()
	text, err := s.SQL(p.product)
	if err != nil {
		t.Errorf("%s: %v", p.product, err)
		return nil
	}
	rows, err := p.answer(t, text)
	if err != nil {
		t.Errorf("%s: %s: %v", p.product, text, err)
		return nil
	}
	var all []string
	for _, line := range rows {
		all = append(all, strings.Join(line, " "))
	}
	return all
}

func wantAnswer(t *testing.T, p peer, s Select, want ...string) {
	t.Helper()
	if got := answer(t, p, s); !slices.Equal(got, want) {
		text, _ := s.SQL(p.product)
		t.Errorf("%s: %s gives %q, want %q", p.product, text, got, want)
	}
}

func wantRefusal(t *testing.T, p Product, e Expr, why string) {
	t.Helper()
	text, err := Print(p, e)
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("%s gets %s (%v), want a refusal with %q", p, text, err, why)
	}
}

func columnOf(name string, typ Type, own string) *Column {
	return &Column{Table: "t", Name: name, Type: typ, Own: own, Charset: "utf8mb4"}
}

func operator(name string, typ Type, args ...Expr) Expr {
	return &Call{Name: name, Args: args, Type: typ}
}

func where(condition Expr, e Expr) Select {
	return Select{List: []Item{{e, "x"}}, From: Table{Name: "trap", As: "t"}, Where: condition, Order: []Order{{Expr: e}}}
}

func whole(n string) Expr { return &Constant{Type: bigintType, Value: n} }

func textsAndNumbersDoNotMeet(t *testing.T, all []peer) {
	g := columnOf("g", textType, "varchar(9)")
	for _, p := range Products { // MySQL reads every text without digits as 0
		wantRefusal(t, p, &In{Arg: g, List: []Expr{whole("0")}}, "VARCHAR and BIGINT are not compared as in DuckDB")
		wantRefusal(t, p, operator("=", boolType, g, whole("0")), "VARCHAR and BIGINT")
		wantRefusal(t, p, &Case{Whens: []When{{operator("is null", boolType, g), g}}, Else: whole("1"), Type: textType}, "values of several types are not made one type")
	}
}

func aYearMinusAYearIsNotUnsigned(t *testing.T, all []peer) {
	for _, p := range all {
		p.exec(t, "create table trap (d date)", "insert into trap values ('2020-05-05')")
		own := "date"
		e := operator("-", bigintType, operator("year", bigintType, columnOf("d", dateType, own)), whole("2024"))
		if p.product == SQLite {
			wantRefusal(t, p.product, e, "turns into a float")
			continue
		}
		wantAnswer(t, p, where(nil, e), "-4")
	}
}

func concatIsNoOr(t *testing.T, all []peer) {
	for _, p := range all {
		p.exec(t, "create table trap (a varchar(9))", "insert into trap values ('x')")
		a := columnOf("a", textType, "varchar(9)")
		wantAnswer(t, p, where(nil, operator("||", textType, a, a)), "'xx'")
	}
}

func wholeNumbersDivideToFractions(t *testing.T, all []peer) {
	for _, p := range all {
		p.exec(t, "create table trap (i int)", "insert into trap values (7), (-7)")
		i := columnOf("i", bigintType, "integer")
		if p.product == MySQL || p.product == MariaDB {
			i.Own = "int"
		}
		wantAnswer(t, p, where(nil, operator("/", doubleType, i, whole("2"))), "-3.5", "3.5")
		wantAnswer(t, p, where(nil, operator("//", bigintType, i, whole("2"))), "-3", "3")
	}
}

func aFloatOf32BitsIsNotComputedWith(t *testing.T, all []peer) {
	wantRefusal(t, PostgreSQL, operator("=", boolType, columnOf("r", doubleType, "real"), flt("0.1")), "a real is computed with in other digits")
	wantRefusal(t, MySQL, operator("=", boolType, columnOf("r", doubleType, "float"), flt("0.1")), "a float is computed with in other digits")
	if text, err := Print(PostgreSQL, operator("is null", boolType, columnOf("r", doubleType, "real"))); err != nil || text != `("t"."r" is null)` {
		t.Errorf("IS NULL of a real is %s, %v", text, err)
	}
}

// PostgreSQL's cast from char(n) to text drops the trailing blanks that it shows.
func theBlanksOfACharAreOfItsValue(t *testing.T, all []peer) {
	for _, p := range all[:3] {
		p.exec(t, "create table trap (c char(3), i int)", "insert into trap values ('ab', 1), ('abc', 2), ('', 3), (null, 4)")
		c := columnOf("c", textType, "char(3)")
		want := []string{"'ab'"}
		if p.product == PostgreSQL {
			c.Own, want = "character(3)", []string{"'ab '"}
		}
		raw := answer(t, p, Select{List: []Item{{c, "x"}}, From: Table{Name: "trap", As: "t"}, Where: operator("is not null", boolType, c)})
		wantAnswer(t, p, where(operator("=", boolType, c, txt(strings.Trim(want[0], "'"))), &Cast{Arg: c, Type: textType}), want...)
		wantAnswer(t, p, where(operator("=", boolType, c, txt("ab  ")), c))
		if !slices.Contains(raw, want[0]) {
			t.Errorf("%s: the rows have %q, and not %s", p.product, raw, want)
		}
	}
}

func aCollationThatTakesTextsForEqual(t *testing.T, all []peer) {
	p := all[0]
	p.exec(t, "create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
		"create table trap (c text collate loose)", "insert into trap values ('a'), ('A'), ('á'), ('b')")
	c := columnOf("c", textType, "text")
	c.Nondeterministic = true
	wantAnswer(t, p, where(operator("=", boolType, c, txt("a")), c), "'a'")
	wantAnswer(t, p, where(operator("~~", boolType, c, txt("a%")), c), "'a'")
	wantAnswer(t, p, where(operator("contains", boolType, c, txt("A")), c), "'A'")
	wantAnswer(t, p, where(&In{Arg: c, List: []Expr{txt("A"), txt("B")}}, c), "'A'")
	wantAnswer(t, p, Select{List: []Item{{c, "x"}}, Distinct: true, From: Table{Name: "trap", As: "t"}, Order: []Order{{Expr: c}}}, "'A'", "'a'", "'b'", "'á'")
	wantRefusal(t, PostgreSQL, &Keys{Arg: c, Values: []string{"a"}}, "are not known to mean the same")
}

// The query plan of a comparison shows whether an index is used.
func equalTextsUseTheIndexOfTheirCollation(t *testing.T, all []peer) {
	explain := map[Product]string{PostgreSQL: "explain ", MySQL: "explain format=tree ", MariaDB: "explain format=json ", SQLite: "explain query plan "}
	used := map[Product]string{PostgreSQL: "Index", MySQL: "index lookup", MariaDB: `"key": "by_c"`, SQLite: "SEARCH"}
	for _, p := range all {
		p.exec(t, "create table trap (c varchar(40), i int)", "create index by_c on trap (c)")
		var lines []string
		for range 50 {
			lines = append(lines, "('other text', 1), ('one more', 2), ('a third', 3), ('Ähre', 4)")
		}
		p.exec(t, "insert into trap values "+strings.Join(lines, ", "), "insert into trap values ('x', 5)")
		for range 5 {
			p.exec(t, "insert into trap select concat(c, '+'), i from trap")
		}
		c := columnOf("c", textType, "varchar(40)")
		switch p.product {
		case PostgreSQL:
			c.Own = "character varying(40)"
			p.exec(t, "analyze trap")
		case MySQL, MariaDB:
			p.exec(t, "analyze table trap")
		}
		for _, e := range []Expr{operator("=", boolType, c, txt("x")), &In{Arg: c, List: []Expr{txt("x")}}, &Keys{Arg: c, Values: []string{"x"}}} {
			text, err := where(e, columnOf("i", bigintType, "integer")).SQL(p.product)
			if err != nil {
				t.Errorf("%s: %v", p.product, err)
				continue
			}
			rows, err := p.answer(t, explain[p.product]+strings.Replace(text, " order by ", " and 1 = 1 order by ", 1))
			plan := ""
			for _, line := range rows {
				plan += strings.Join(line, " ") + "\n"
			}
			if p.product == PostgreSQL && len(rows) > 0 && strings.Contains(plan, "Seq Scan") || err != nil || p.product != PostgreSQL && !strings.Contains(strings.ToLower(plan), strings.ToLower(used[p.product])) {
				t.Errorf("%s: %s has no use for the index: %s (%v)", p.product, text, plan, err)
			}
		}
	}
}

func sqliteTakesNoUnknownColumnForAText(t *testing.T, all []peer) {
	p := all[3]
	p.exec(t, "create table trap (i int)", "insert into trap values (1)")
	text, err := where(operator("=", boolType, columnOf("nope", textType, "TEXT"), txt("nope")), columnOf("i", bigintType, "int")).SQL(SQLite)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := p.answer(t, text); err == nil || !strings.Contains(err.Error(), "no such column") {
		t.Errorf("%s gives %q, %v", text, rows, err)
	}
}

// A cell that is not a value of its column's type makes a statement that checks the
// column fail, whether or not the statement would read the cell.
func cellsThatContradictTheirColumnAreSeen(t *testing.T, all []peer) {
	for _, c := range []struct {
		product   Product
		declared  string
		own       string
		typ       Type
		good, bad []string
	}{
		{SQLite, "DATE", "DATE", dateType, []string{"'2024-02-29'", "null"}, []string{"'2024-02-31'", "'2024-2-3'", "20240229", "'2024-02-29 00:00:00'", "'x'", "''"}},
		{SQLite, "TIMESTAMP", "TIMESTAMP", timestampType, []string{"'2024-02-29 00:00:00'", "null"}, []string{"'2024-02-29 00:00:00.000'", "'2024-02-29'", "'2024-02-29T00:00:00'", "1709164800", "'2024-02-30 00:00:00'"}},
		{SQLite, "INTEGER", "INTEGER", bigintType, []string{"1", "null"}, []string{"'x'", "1.5", "x'01'"}},
		{SQLite, "REAL", "REAL", doubleType, []string{"1.5", "1", "null"}, []string{"'x'", "x'01'"}},
		{SQLite, "TEXT", "TEXT", textType, []string{"'x'", "1", "null"}, []string{"x'41'", "'a' || char(0) || 'b'"}},
		{SQLite, "BOOLEAN", "BOOLEAN", boolType, []string{"0", "1", "true", "null"}, []string{"2", "'x'", "0.5"}},
		{SQLite, "DECIMAL(9,2)", "DECIMAL(9,2)", moneyType, []string{"1", "1.25", "-0.01", "9999999999999.99", "null"}, []string{"'x'", "0.125", "99999999999999.99", "1e300", "x'01'"}},
		{SQLite, "INTEGER", "INTEGER", Type{ID: Decimal, Width: 38, Scale: 2}, []string{"1", "null"}, []string{"'x'", "1.125"}},
		{SQLite, "DATE", "DATE", timestampType, []string{"'2024-02-29'", "null"}, []string{"'2024-02-29 00:00:00'", "'2024-02-30'"}},
		{PostgreSQL, "numeric(9,2)", "numeric(9,2)", moneyType, []string{"1.5", "-2.25", "null"}, []string{"'NaN'"}},
		{PostgreSQL, "numeric", "numeric", moneyType, []string{"1.5", "null"}, []string{"'NaN'", "'Infinity'", "1e39"}},
		{MySQL, "date", "date", dateType, []string{"'2024-02-29'", "null"}, []string{"'0000-00-00'", "'2024-00-10'", "'2024-02-00'"}},
		{MariaDB, "datetime", "datetime", timestampType, []string{"'2024-02-29 10:00:00'", "null"}, []string{"'0000-00-00 00:00:00'", "'2024-02-31 00:00:00'"}},
	} {
		p := all[c.product]
		for _, bad := range append(c.bad, "") {
			p.exec(t, "drop table if exists trap")
			p.exec(t, "create table trap (i int, v "+c.declared+")", "insert into trap values (1, "+strings.Join(c.good, "), (1, ")+")")
			if bad != "" {
				insert := "insert into trap values (2, " + bad + ")"
				if c.product == MySQL || c.product == MariaDB {
					insert = "insert ignore into trap values (2, " + bad + ")"
					p.loose(t, insert)
				} else {
					p.exec(t, insert)
				}
			}
			v := columnOf("v", c.typ, c.own)
			i := columnOf("i", bigintType, map[Product]string{PostgreSQL: "integer"}[c.product]+map[bool]string{true: "int"}[c.product != PostgreSQL])
			// A statement that returns the checked cells also returns the rows that
			// contradict.
			given := where(operator("=", boolType, i, whole("3")), i)
			given.List, given.Checked = []Item{{i, "i"}, {v, "v"}}, []*Column{v}
			text, err := given.SQL(c.product)
			if err != nil {
				t.Fatal(err)
			}
			if rows, err := p.answer(t, text); err != nil || len(rows) != map[bool]int{true: 1}[bad != ""] {
				t.Errorf("%s: %s with the cell %s in a column of type %s gives %q, %v", c.product, text, bad, c.declared, rows, err)
			}
			ten, one := int64(10), int64(1)
			last := given // the row that contradicts need not be the last
			last.Where, last.Order, last.Limit = nil, []Order{{Expr: v, Desc: true}}, &one
			if text, err = last.SQL(c.product); err != nil {
				t.Fatal(err)
			}
			if rows, err := p.answer(t, text); bad != "" && err == nil && rows[0][0] != "2" {
				t.Errorf("%s: %s with the cell %s in a column of type %s gives %q", c.product, text, bad, c.declared, rows)
			}
			for _, s := range []Select{
				where(operator("=", boolType, i, whole("1")), i),
				{List: []Item{{i, "i"}}, From: Table{Name: "trap", As: "t"}, Limit: &ten},
				{List: []Item{{i, "i"}}, From: Table{Name: "trap", As: "t"}, Order: []Order{{Expr: i}}, Limit: &ten},
				{List: []Item{{&Aggregate{Name: "min", Arg: i, Type: bigintType}, "n"}}, From: Table{Name: "trap", As: "t"}},
				where(operator("=", boolType, i, whole("3")), i),
				{List: []Item{{&Aggregate{Name: "count", Arg: v, Type: bigintType}, "n"}}, From: Table{Name: "trap", As: "t"}, Where: operator("=", boolType, i, whole("3"))},
				{List: []Item{{i, "i"}, {&Aggregate{Name: "count_star", Type: bigintType}, "n"}}, From: Table{Name: "trap", As: "t"}, Where: operator("=", boolType, i, whole("3")), Group: []Expr{i}},
			} {
				s.Checked = []*Column{v}
				text, err := s.SQL(c.product)
				if err != nil {
					t.Fatal(err)
				}
				if rows, err := p.answer(t, text); (err != nil) != (bad != "") {
					t.Errorf("%s: %s with the cell %s in a column of type %s gives %q, %v", c.product, text, bad, c.declared, rows, err)
				}
			}
		}
	}
}

// loose runs a statement in a MySQL session that accepts invalid dates.
func (p peer) loose(t *testing.T, statement string) {
	t.Helper()
	p.exec(t, "set sql_mode = 'ALLOW_INVALID_DATES'", statement, "set sql_mode = default")
}

// The column's own type is converted to the logical type.
func ownTypesBecomeLogicalOnes(t *testing.T, all []peer) {
	for _, c := range []struct {
		product        Product
		own, cell      string
		typ            Type
		operator       string
		operand        Expr
		value, charset string
	}{
		{PostgreSQL, "boolean", "true", bigintType, "=", whole("1"), "1", ""},
		{PostgreSQL, "boolean", "true", textType, "=", txt("true"), "'true'", ""},
		{PostgreSQL, "integer", "3", doubleType, "<", flt("3.5"), "3", ""},
		{PostgreSQL, "smallint", "3", textType, "=", txt("3"), "'3'", ""},
		{PostgreSQL, "numeric(9,1)", "2.5", doubleType, "=", flt("2.5"), "2.5", ""},
		{PostgreSQL, "date", "'2024-02-29'", timestampType, "<", at("2024-02-29 00:00:01"), "2024-02-29T00:00:00", ""},
		{PostgreSQL, "uuid", "'6f9619ff-8b86-d011-b42d-00c04fc964ff'", textType, "=", txt("6f9619ff-8b86-d011-b42d-00c04fc964ff"), "'6f9619ff-8b86-d011-b42d-00c04fc964ff'", ""},
		{PostgreSQL, "integer", "3", Type{ID: Decimal, Width: 38, Scale: 2}, "<", dec("3.5"), "3", ""},
		{MySQL, "bit(1)", "b'1'", bigintType, "=", whole("1"), "1", ""},
		{MySQL, "bit(1)", "b'1'", textType, "=", txt("true"), "'true'", ""},
		{MySQL, "int unsigned", "4294967295", doubleType, ">", flt("3.5"), "4294967295", ""},
		{MariaDB, "bigint(20) unsigned", "18446744073709551615", Type{ID: UBigInt}, ">", whole("-1"), "18446744073709551615", ""},
		{MySQL, "date", "'2024-02-29'", timestampType, "<", at("2024-02-29 00:00:01"), "2024-02-29T00:00:00", ""},
		{MariaDB, "decimal(9,1)", "2.5", doubleType, "=", flt("2.5"), "2.5", ""},
		{MySQL, "int", "3", textType, "=", txt("3"), "'3'", ""},
		{MariaDB, "set('a','b')", "'a,b'", textType, "=", txt("a,b"), "'a,b'", "latin1"},
		{SQLite, "INTEGER", "3", textType, "=", txt("3"), "'3'", ""},
		{SQLite, "INTEGER", "3", doubleType, "<", flt("3.5"), "3", ""},
		{SQLite, "DATE", "'2024-02-29'", timestampType, "<", at("2024-02-29 00:00:01"), "'2024-02-29 00:00:00'", ""},
	} {
		p := all[c.product]
		p.exec(t, "drop table if exists trap")
		p.exec(t, "create table trap (v "+c.own+")", "insert into trap values ("+c.cell+"), (null)")
		v := columnOf("v", c.typ, c.own)
		if c.charset != "" {
			v.Charset = c.charset
		}
		wantAnswer(t, p, Select{List: []Item{{&Call{Name: "coalesce", Args: []Expr{v}, Type: c.typ}, "x"}}, From: Table{Name: "trap", As: "t"}, Where: operator(c.operator, boolType, v, c.operand)}, c.value)
	}
	for _, c := range []struct {
		product Product
		own     string
		typ     Type
	}{
		{PostgreSQL, "money", moneyType},
		{PostgreSQL, "json", textType},
		{PostgreSQL, "bytea", textType},
		{PostgreSQL, "mood", textType},
		{PostgreSQL, "character", textType},
		{PostgreSQL, "text", bigintType},
		{PostgreSQL, "integer[]", textType},
		{MySQL, "timestamp", Type{ID: TimestampTZ}},
		{MySQL, "json", textType},
		{MySQL, "year", bigintType},
		{MariaDB, "uuid", textType},
		{MySQL, "blob", textType},
		{SQLite, "TIMESTAMPTZ", Type{ID: TimestampTZ}},
		{SQLite, "BLOB", Type{ID: Blob}},
		{MariaDB, "time", Type{ID: Time}},
	} {
		wantRefusal(t, c.product, operator("=", boolType, columnOf("v", c.typ, c.own), columnOf("v", c.typ, c.own)), "")
	}
}

// Refusals say why, in words that a user can act on.
func refusalsSayWhy(t *testing.T, all []peer) {
	s, i, d, f, dt := columnOf("s", textType, "text"), columnOf("i", bigintType, "bigint"), columnOf("d", moneyType, "decimal(12,2)"), columnOf("f", doubleType, "double"), columnOf("dt", dateType, "date")
	for why, e := range map[string]Expr{
		"upper of letters differs from server to server":             operator("upper", textType, s),
		"ILIKE of letters differs from server to server":             operator("~~*", boolType, s, txt("a%")),
		"md5(VARCHAR) is not known to mean the same":                 operator("md5", textType, s),
		"a division by zero gives infinity or NaN in DuckDB":         operator("/", doubleType, i, i),
		"trim: only a blank is cut by all alike":                     operator("trim", textType, s, txt("x")),
		"decimals are floats there":                                  operator("+", moneyType, d, d),
		"a result beyond 64 bits turns into a float there":           operator("+", bigintType, i, i),
		"LIKE(VARCHAR, VARCHAR) is not known to mean the same":       operator("~~", boolType, s, s),
		"TRY_CAST gives NULL where a server has an error":            &Cast{Arg: s, Type: bigintType, Try: true},
		"a cast of VARCHAR to BIGINT is not known to mean the same":  &Cast{Arg: s, Type: bigintType},
		"a double is cut there, not rounded":                         &Cast{Arg: f, Type: bigintType},
		"date_trunc of \"millennium\" is not known to mean the same": operator("date_trunc", dateType, txt("millennium"), dt),
		"greatest of texts follows their collation there":            operator("greatest", textType, s, txt("a")),
		"the pattern ends with its escape":                           operator("like_escape", boolType, s, txt("a!"), txt("!")),
	} {
		wantRefusal(t, SQLite, e, "SQLite: "+why)
	}
	for _, refused := range []Expr{operator("like_escape", boolType, s, txt("a"), txt("!!")), operator("left", textType, s, whole("-1")), operator("substring", textType, s, whole("0")), operator("no such", textType, s)} {
		for _, p := range Products {
			wantRefusal(t, p, refused, p.String())
		}
	}
	_, err := Print(SQLite, &Call{Name: "upper", Args: []Expr{s}, Type: textType, At: At(7)})
	if r, ok := err.(*Refusal); !ok || r.Product != SQLite { //nolint:errorlint // a refusal is not wrapped
		t.Errorf("the error is %#v", err)
	} else if at, ok := r.At.Offset(); !ok || at != 7 {
		t.Errorf("the place is %d, %v", at, ok)
	}
}
