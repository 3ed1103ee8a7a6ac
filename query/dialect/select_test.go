// Statements: each product returns the rows that DuckDB returns.

package dialect

import (
	"fmt"
	"strings"
	"testing"
)

// asked is a statement, and the same statement in DuckDB's SQL.
type asked struct {
	select_ func(m maker) Select
	means   string
	types   []Type // the types of its columns
}

func list(all ...any) (items []Item) {
	for i, e := range all {
		items = append(items, Item{Expr: e.(Expr), As: fmt.Sprintf("c%d", i)})
	}
	return items
}

func number64(n int64) *int64 { return &n }

func (m maker) aggregate(name string, arg any, t Type) Expr {
	e := &Aggregate{Name: name, Type: t}
	if arg != nil {
		e.Arg = m.expr(arg)
	}
	return e
}

var odd = Table{Name: "odd", As: "t"}

func up(e Expr) Order { return Order{Expr: e} }

var hugeType = Type{ID: HugeInt}

var statements = map[string]asked{
	"groups of texts": {
		func(m maker) Select {
			return Select{List: list(m.col("s"), m.aggregate("count_star", nil, bigintType)), From: odd, Group: []Expr{m.col("s")}, Order: []Order{up(m.col("s"))}}
		}, "select s, count(*) from odd group by s order by s nulls last", []Type{textType, bigintType},
	},
	"groups of an expression": {
		func(m maker) Select {
			first := m.call("left", "s", 1)
			return Select{List: list(m.aggregate("sum", "j", hugeType), first), From: odd, Group: []Expr{first}, Order: []Order{{Expr: first, Desc: true, NullsFirst: true}}}
		}, "select sum(j), left(s, 1) from odd group by all order by 2 desc nulls first", []Type{hugeType, textType},
	},
	"groups of latin texts, an enum, a boolean and a date": {
		func(m maker) Select {
			year := m.call("year", "dt")
			group := []Expr{m.col("l"), m.col("e"), m.col("b"), year}
			return Select{List: list(group[0], group[1], group[2], group[3], m.aggregate("count", "j", bigintType)), From: odd, Group: group, Order: []Order{up(group[0]), up(group[1]), up(group[2]), up(group[3])}}
		}, "select l, e, b, year(dt), count(j) from odd group by all order by all nulls last", []Type{textType, textType, boolType, bigintType, bigintType},
	},
	"distinct texts": {
		func(m maker) Select {
			return Select{List: list(m.col("u"), m.col("b")), Distinct: true, From: odd, Order: []Order{up(m.col("u")), up(m.col("b"))}}
		}, "select distinct u, b from odd order by u nulls last, b nulls last", []Type{textType, boolType},
	},
	"the least and the greatest": {
		func(m maker) Select {
			s := Select{From: odd, NotEmpty: true}
			for _, name := range []string{"min", "max"} {
				for _, c := range []string{"s", "u", "l", "e", "i", "d", "f", "dt", "ts"} {
					e := m.aggregate(name, c, m.col(c).Of())
					s.List = append(s.List, Item{e, fmt.Sprintf("c%d", len(s.List))})
				}
			}
			return s
		}, "select min(s), min(u), min(l), min(e), min(i), min(d), min(f), min(dt), min(ts), max(s), max(u), max(l), max(e), max(i), max(d), max(f), max(dt), max(ts) from odd",
		[]Type{textType, textType, textType, textType, bigintType, moneyType, doubleType, dateType, timestampType, textType, textType, textType, textType, bigintType, moneyType, doubleType, dateType, timestampType},
	},
	"counts and truths": {
		func(m maker) Select {
			filter := m.call(">", "j", 0)
			return Select{List: list(m.aggregate("count_star", nil, bigintType), m.aggregate("count", "s", bigintType), &Aggregate{Name: "count_star", Filter: filter, Type: bigintType},
				&Aggregate{Name: "sum", Arg: m.col("j"), Filter: filter, Type: hugeType}, m.aggregate("bool_and", "b", boolType), m.aggregate("bool_or", "b", boolType),
				m.aggregate("bool_and", m.call(">", "k", -1), boolType)), From: odd}
		}, "select count(*), count(s), count(*) filter (j > 0), sum(j) filter (j > 0), bool_and(b), bool_or(b), bool_and(k > -1) from odd", []Type{bigintType, bigintType, bigintType, hugeType, boolType, boolType, boolType},
	},
	"a mean and its squares": {
		func(m maker) Select {
			k, f := &Cast{Arg: m.col("k"), Type: doubleType}, Type{ID: Float}
			s := Select{List: list(m.aggregate("mean", k, f), m.aggregate("sum", k, f), m.aggregate("sum", m.call("/", "j", 3), f)), From: odd}
			if m.product == SQLite { // SQLite has no variance
				wantRefusal(m.t.(*testing.T), SQLite, m.aggregate("squares", k, f), "there is no variance there")
				return s
			}
			s.List = append(s.List, Item{m.aggregate("squares", k, f), "squares"})
			return s
		}, "select avg(k::double), sum(k::double), sum(j / 3), var_pop(k::double) * count(k) from odd", []Type{{ID: Float}, {ID: Float}, {ID: Float}, {ID: Float}},
	},
	"what is made of groups, and of a source alone": {
		func(m maker) Select {
			first, year := m.call("left", "s", 1), m.call("year", "dt")
			long := &Aggregate{Name: "count_star", Type: bigintType}
			twice := m.typed(">", long, whole("1"))
			list := list(
				&Call{Name: "||", Args: []Expr{first, txt("!")}, Type: textType}, &Call{Name: "/", Args: []Expr{long, whole("2")}, Type: doubleType},
				&Aggregate{Name: "avg", Arg: m.col("j"), Whole: true, Type: Type{ID: Float}}, &Aggregate{Name: "count_distinct", Arg: m.col("u"), Whole: true, Type: bigintType},
				&Case{Whens: []When{{m.typed(">", year, whole("1999")), txt("new")}}, Else: first, Type: textType},
				&Aggregate{Name: "sum", Arg: m.col("k"), Whole: true, Type: hugeType},
			)
			return Select{List: list, From: odd, Group: []Expr{first, year}, Having: twice, Order: []Order{
				{Expr: &Call{Name: "||", Args: []Expr{first, txt("!")}, Type: textType}}, {Expr: year, Desc: true}, {Expr: long},
			}}
		}, "select left(s, 1) || '!', count(*) / 2, avg(j), count(distinct u), case when year(dt) > 1999 then 'new' else left(s, 1) end, sum(k) from odd group by left(s, 1), year(dt) having count(*) > 1 order by left(s, 1) || '!' nulls last, year(dt) desc nulls last",
		[]Type{textType, doubleType, {ID: Float}, bigintType, textType, hugeType},
	},
	"no rows and no group": {
		func(m maker) Select {
			return Select{List: list(m.aggregate("count_star", nil, bigintType)), From: odd, Where: m.call("and", m.call("<", "j", 0), m.call(">", "j", 0)), NotEmpty: true}
		}, "select count(*) from odd where j < 0 and j > 0 having count(*) > 0", []Type{bigintType},
	},
	"the first of an order": {
		func(m maker) Select {
			return Select{
				List: list(m.col("s"), m.col("i")), From: odd, Where: m.call("is not null", "i"),
				Order: []Order{{Expr: m.col("s"), NullsFirst: true}, {Expr: m.col("i"), Desc: true}}, Limit: number64(25), Offset: number64(3),
			}
		}, "select s, i from odd where i is not null order by s nulls first, i desc nulls last limit 25 offset 3", []Type{textType, bigintType},
	},
	"an offset alone": {
		func(m maker) Select {
			return Select{List: list(m.col("dt"), m.col("i")), From: odd, Order: []Order{{Expr: m.col("dt"), Desc: true}, {Expr: m.col("i"), NullsFirst: true}}, Offset: number64(300)}
		}, "select dt, i from odd order by dt desc nulls last, i nulls first offset 300", []Type{dateType, bigintType},
	},
	"a join with itself": {
		func(m maker) Select {
			other := *m.col("s").(*Column)
			other.Table = "o"
			year := *m.col("dt").(*Column)
			year.Table = "o"
			j := Join{Kind: "left", Left: odd, Right: Table{Name: "odd", As: "o"}, On: m.typed("and", m.typed("=", m.col("s"), &other), m.typed(">", &year, on("1999-01-01")))}
			return Select{List: list(m.col("s"), &Aggregate{Name: "count", Arg: &year, Type: bigintType}), From: j, Group: []Expr{m.col("s")}, Order: []Order{up(m.col("s"))}}
		}, "select t.s, count(o.dt) from odd t left join odd o on t.s = o.s and o.dt > date '1999-01-01' group by t.s order by t.s nulls last", []Type{textType, bigintType},
	},
	"rows that others have, and have not": {
		func(m maker) Select {
			other := *m.col("u").(*Column)
			other.Table = "o"
			e := &Exists{From: Table{Name: "odd", As: "o"}, Where: m.typed("=", &other, m.col("s"))}
			not := *e
			not.Not = true
			return Select{List: list(m.aggregate("count_star", nil, bigintType), &Aggregate{Name: "count_star", Filter: &not, Type: bigintType}), From: odd, Where: m.typed("or", e, &not)}
		}, "select count(*), count(*) filter (not exists (select 1 from odd o where o.u = t.s)) from odd t", []Type{bigintType, bigintType},
	},
	"numbers that others have, and have not": {
		func(m maker) Select {
			other := *m.col("j").(*Column)
			other.Table = "o"
			not := &Exists{From: Table{Name: "odd", As: "o"}, Where: m.typed("=", &other, m.col("k")), Not: true}
			return Select{List: list(m.aggregate("count_star", nil, bigintType)), From: odd, Where: not}
		}, "select count(*) from odd t where not exists (select 1 from odd o where o.j = t.k)", []Type{bigintType},
	},
	"a subquery, a text and a table that is not there": {
		func(m maker) Select {
			inner := Sub{Select{List: []Item{{m.col("j"), "x"}}, From: odd, Where: m.call("is not null", "j")}, "sub", 0}
			x := &Column{Table: "sub", Name: "x", Type: bigintType}
			y := &Column{Table: "view", Name: "y", Type: bigintType, Own: "bigint"}
			z := &Column{Table: "empty", Name: "z", Type: textType}
			from := Join{
				Kind: "left", Left: Join{Kind: "inner", Left: inner, Right: Text{SQL: "select 1 as y union all select 7 -- of two", As: "view"}, On: m.typed("=", x, y)},
				Right: Empty{Columns: []Item{{z, "z"}}, As: "empty"}, On: m.typed("=", z, txt("a")),
			}
			return Select{List: list(m.aggregate("count_star", nil, bigintType), &Aggregate{Name: "count", Arg: z, Type: bigintType}), From: from}
		}, "select count(*), 0 from odd where j in (1, 7)", []Type{bigintType, bigintType},
	},
	"a right join, of columns that are looked at": {
		func(m maker) Select {
			other := *m.col("k").(*Column)
			other.Table = "o"
			j := Join{Kind: "right", Left: odd, Right: Table{Name: "odd", As: "o"}, On: m.typed("and", m.typed("=", m.col("j"), &other), m.call(">", "j", 1))}
			return Select{List: list(m.aggregate("count_star", nil, bigintType), m.aggregate("count", "j", bigintType)), From: j, Checked: []*Column{m.col("j").(*Column), m.col("dt").(*Column), &other}}
		}, "select count(*), count(t.j) from odd t right join odd o on t.j = o.k and t.j > 1", []Type{bigintType, bigintType},
	},
	"rows that others have not, by columns that are looked at": {
		func(m maker) Select {
			other := *m.col("dt").(*Column)
			other.Table = "o"
			not := &Exists{From: Table{Name: "odd", As: "o"}, Where: m.typed(">", &other, m.col("dt")), Not: true}
			return Select{List: list(m.aggregate("count_star", nil, bigintType)), From: odd, Where: m.typed("and", not, m.call(">", "j", 0)), Checked: []*Column{&other}}
		}, "select count(*) from odd t where not exists (select 1 from odd o where o.dt > t.dt) and j > 0", []Type{bigintType},
	},
	"columns that are looked at": {
		func(m maker) Select {
			var checked []*Column
			for _, f := range oddFields {
				checked = append(checked, m.col(f.name).(*Column))
			}
			return Select{List: list(m.aggregate("count_star", nil, bigintType)), From: odd, Where: m.call(">", "j", 3), Checked: checked}
		}, "select count(*) from odd where j > 3", []Type{bigintType},
	},
}

// refusals has the statements that a product cannot express, and the reasons.
var refusals = map[Product]map[string]string{
	MariaDB: {"rows that others have, and have not": "it takes what a subquery gave for a text for that of another one"},
}

// typed builds a boolean call. Its type is given here, since its operands are of several
// tables.
func (m maker) typed(name string, args ...Expr) Expr {
	return &Call{Name: name, Args: args, Type: boolType}
}

func everyStatement(t *testing.T, d *duck, p peer) {
	m := maker{t, d, p.product, "odd"}
	for name, s := range statements {
		text, err := s.select_(m).SQL(p.product)
		if reason, refused := refusals[p.product][name]; refused {
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("%s: %s, %v; want a refusal with %q", name, text, err, reason)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := p.answer(t, text)
		if err != nil {
			t.Errorf("%s: %s: %v", name, text, err)
			continue
		}
		want, err := d.answer(t, s.means)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got) != len(want) || len(want) == 0 && name != "no rows and no group" {
			t.Errorf("%s: %s gives %d rows, want %d", name, text, len(got), len(want))
			continue
		}
		for n, line := range want {
			if !sameLine(s.types, got[n], line) {
				t.Errorf("%s: row %d is %q, want %q: %s", name, n, got[n], line, text)
				break
			}
		}
	}
}

func sameLine(types []Type, got, want []string) bool {
	for i, t := range types[:min(len(types), len(got))] {
		if !same(t, got[i], want[i]) {
			return false
		}
	}
	return true
}

// hugeSum compares sums that do not fit into 64 bits, or barely fit.
func hugeSum(t *testing.T, d *duck, p peer) {
	m := maker{t, d, p.product, "odd"}
	s := Select{List: list(m.aggregate("sum", "i", hugeType), m.aggregate("sum", "d", Type{ID: Decimal, Width: 38, Scale: 2})), From: odd}
	text, err := s.SQL(SQLite)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.answer(t, text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.answer(t, "select sum(i), sum(d) from odd")
	if err != nil {
		t.Fatal(err)
	}
	if !sameLine([]Type{hugeType, moneyType}, got[0], want[0]) || len(want[0][0]) < 20 {
		t.Errorf("the sums are %s, want %s", got, want)
	}
}
