// Every function and operator of the list is run with odd values by every product that
// has a spelling for it, and by DuckDB. The results must be equal.

package dialect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A maker builds expressions over the table of odd values, for one product.
type maker struct {
	t       testing.TB
	duck    *duck
	product Product
	table   string
}

func (m maker) col(name string) Expr {
	for _, f := range slices.Concat(oddFields, fineFields, pairFields) {
		if f.name == name {
			return f.column(m.product, "t")
		}
	}
	panic(name)
}

// call builds a call, whose type is the one that DuckDB gives it.
func (m maker) call(name string, args ...any) Expr {
	e := &Call{Name: name}
	for _, arg := range args {
		e.Args = append(e.Args, m.expr(arg))
	}
	e.Type = m.duck.typeOf(m.t, inDuck(e), m.table+" as t")
	return e
}

// expr builds an operand: a string is the name of a column, an int is a constant.
func (m maker) expr(arg any) Expr {
	switch arg := arg.(type) {
	case string:
		return m.col(arg)
	case int:
		return &Constant{Type: Type{ID: BigInt}, Value: fmt.Sprint(arg)}
	case Expr:
		return arg
	}
	panic(fmt.Sprintf("%T", arg))
}

func txt(s string) Expr { return &Constant{Type: textType, Value: s} }
func dec(s string) Expr {
	_, fraction, _ := strings.Cut(s, ".")
	return &Constant{Type: Type{ID: Decimal, Width: 12, Scale: len(fraction)}, Value: s}
}
func flt(s string) Expr     { return &Constant{Type: doubleType, Value: s} }
func on(s string) Expr      { return &Constant{Type: dateType, Value: s} }
func at(s string) Expr      { return &Constant{Type: timestampType, Value: s} }
func lasting(s string) Expr { return &Constant{Type: Type{ID: Interval}, Value: s} }
func none(t Type) Expr      { return &Constant{Type: t, Null: true} }

// texts returns expressions over texts: functions of one operand over every column of
// texts, and comparisons of a column with every odd text.
func (m maker) texts() (all []Expr) {
	add := func(name string, args ...any) { all = append(all, m.call(name, args...)) }
	for _, c := range []string{"s", "u", "l", "e"} {
		all = append(all, m.col(c))
		for _, name := range []string{"length", "strlen", "is null", "is not null"} {
			add(name, c)
		}
		for _, n := range []int{0, 1, 2, 5} {
			add("left", c, n)
			add("right", c, n)
			add("substring", c, n+1)
			add("substring", c, n+1, 2)
			add("substring", c, 1, n)
		}
		for _, cut := range []string{"trim", "ltrim", "rtrim"} {
			add(cut, c, txt(" "))
		}
		add("||", c, txt("x "))
		add("||", txt(`\ `), c)
		add("concat", c, txt("-"), "u")
		add("concat_ws", txt(", "), c, "u", "s")
		add("nullif", c, txt("a"))
		add("coalesce", c, "u", txt(" none"))
		add("coalesce", c, none(textType), txt("A"))
		for _, v := range []string{"a", "A", "", " ", "ß", "🙂", `\`, "'", "%"} {
			for _, name := range []string{"strpos", "contains", "starts_with", "ends_with", "=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from"} {
				add(name, c, txt(v))
			}
			add("replace", c, txt(v), txt("<é>"))
		}
		for _, pattern := range []string{"a%", "%a", "%a%", "_", "__", "%", "", "A_%", `\%`, `%\`, `\_`, "[a]", "%[%", "*", "?", "%*%", "|%", "%|%", "a\u0308%", "ß", "_🙂", "%🙂%", "it's", "% ", "^%", "%]%"} {
			add("~~", c, txt(pattern))
			add("!~~", c, txt(pattern))
		}
		for _, pattern := range []string{"a!%%", "!_%", "%!!%", "!a"} {
			add("like_escape", c, txt(pattern), txt("!"))
			add("not_like_escape", c, txt(pattern), txt("!"))
		}
		add("like_escape", c, txt(`\%%`), txt(`\`))
		all = append(all,
			&In{Arg: m.col(c), List: []Expr{txt("a"), txt("é"), txt("")}}, &In{Arg: m.col(c), List: []Expr{txt("A"), txt(" ")}, Not: true},
			&In{Arg: m.col(c), List: []Expr{txt("a"), none(textType)}}, &In{Arg: m.col(c), List: []Expr{txt("SS"), none(textType)}, Not: true},
			&In{Arg: m.call("left", c, 1), List: []Expr{txt("a"), txt("ä")}},
			&Keys{Arg: m.col(c).(*Column), Values: oddTexts[:40]}, &Keys{Arg: m.col(c).(*Column), Values: oddTexts[40:]}, &Keys{Arg: m.col(c).(*Column)},
			&Case{Whens: []When{{m.call("=", c, txt("a")), txt("one")}, {m.call("is null", c), m.col("u")}}, Else: m.col(c), Type: textType},
			&Case{Whens: []When{{m.call("<", c, txt("b")), txt("less")}}, Type: textType},
		)
	}
	for _, name := range []string{"=", "<", "is distinct from", "starts_with", "ends_with", "contains", "strpos", "||", "greatest", "least", "nullif"} {
		add(name, "s", "u")
		add(name, "u", "l")
	}
	for _, v := range oddTexts { // compared by the index's collation and by bytes
		add("=", "s", txt(v))
	}
	return all
}

// numbers returns expressions over numbers and booleans.
func (m maker) numbers() (all []Expr) {
	add := func(name string, args ...any) { all = append(all, m.call(name, args...)) }
	w := "w" // SQLite's decimals are the shorter ones
	if m.product == SQLite {
		w = "d"
	}
	cast := func(arg any, t Type) { all = append(all, &Cast{Arg: m.expr(arg), Type: t}) }
	for _, c := range []string{"i", "j", "k", "d", w, "f", "b"} {
		all = append(all, m.col(c))
		add("is null", c)
	}
	constants := map[string][]Expr{
		"i": {m.expr(0), m.expr(-7), &Constant{Type: bigintType, Value: "-9223372036854775808"}, &Constant{Type: bigintType, Value: "9007199254740993"}, &Constant{Type: bigintType, Value: "9223372036854775807"}},
		"j": {m.expr(0), m.expr(7), m.expr(-1), dec("1.5"), dec("0.0"), dec("-0.1")},
		"d": {m.expr(0), dec("0.01"), dec("0.001"), dec("0.0105"), dec("2.5"), dec("-2.50"), dec("9999999999.99"), dec("0.1")},
		"w": {dec("0.0000000001"), dec("0.0")},
		"f": {flt("0.0"), flt("0.1"), flt("-2.5"), flt("0.10955390999495608"), flt("1e+300"), flt("3.0")},
	}
	for _, c := range []string{"i", "j", "d", w, "f"} {
		for _, v := range constants[c] {
			for _, name := range comparisons {
				add(name, c, v)
			}
		}
		all = append(all, &In{Arg: m.col(c), List: constants[c]}, &In{Arg: m.col(c), List: append([]Expr{none(m.col(c).Of())}, constants[c]...), Not: true})
	}
	for _, name := range comparisons {
		add(name, "i", "j")
		add(name, "d", w)
		add(name, "j", "d")
		add(name, "b", "b")
		add(name, "f", &Cast{Arg: m.col("j"), Type: doubleType})
	}
	for _, name := range []string{"+", "-", "*", "//", "%"} {
		add(name, "j", "k")
		add(name, "k", "j")
		add(name, "j", 7)
		add(name, 7, "j")
		add(name, "j", -2)
	}
	add("//", "i", 1000)
	add("%", "i", 1000)
	add("%", "i", -7)
	add("//", "j", 0)
	for _, name := range []string{"+", "-", "*"} {
		add(name, "d", w)
		add(name, "d", dec("1.25"))
		add(name, "j", "d")
		add(name, "f", flt("0.5"))
	}
	add("*", m.call("-", dec("1.00"), "d"), m.call("+", "d", "d"))
	for _, name := range []string{"-", "abs"} {
		add(name, "j")
		add(name, "d")
	}
	add("abs", "f")
	for _, by := range []Expr{m.expr(3), m.expr(-7), dec("0.3"), dec("1.7"), flt("0.1")} {
		add("/", "j", by)
		add("/", "d", by)
		add("/", "f", by)
	}
	add("/", "i", m.expr(3))
	add("/", "j", "k")
	for n := range 5 {
		n := &Constant{Type: Type{ID: Integer}, Value: fmt.Sprint(n)}
		add("round", "d", n)
		add("round", w, n)
	}
	for _, name := range []string{"round", "floor", "ceil"} {
		add(name, "d")
		add(name, w)
		add(name, "f")
	}
	add("sign", "i")
	add("sqrt", m.call("abs", "f"))
	add("sqrt", &Cast{Arg: m.col("k"), Type: doubleType})
	for _, name := range []string{"greatest", "least"} {
		add(name, "i", "j")
		add(name, "j", "k", 5)
		add(name, "d", w)
		add(name, "d", dec("1.25"))
		add(name, "f", flt("0.25"))
		add(name, "dt", "dt2")
		add(name, "dt", on("2020-02-02"), "dt2")
		add(name, "ts", at("2020-02-02 00:00:00"))
	}
	add("coalesce", "i", "j", 0)
	add("coalesce", "d", dec("0.5"))
	add("nullif", "j", 0)
	add("nullif", "d", dec("2.50"))
	add("coalesce", "b", &Constant{Type: boolType, Value: "false"})
	for _, c := range []string{"i", "j", "d", w, "b", "dt"} {
		cast(c, textType)
	}
	for _, c := range []any{"j", "d", w, "b", m.call("/", "k", m.expr(2))} {
		cast(c, bigintType)
	}
	for _, c := range []any{"j", w, "b", m.call("/", "k", m.expr(2))} {
		cast(c, Type{ID: Integer})
	}
	cast(w, Type{ID: Decimal, Width: 20, Scale: 1})
	cast("i", doubleType)
	cast("d", doubleType)
	cast(w, doubleType)
	cast("j", boolType)
	cast("j", Type{ID: Decimal, Width: 20, Scale: 3})
	cast("d", Type{ID: Decimal, Width: 38, Scale: 4})
	yes, b := &Constant{Type: boolType, Value: "true"}, m.col("b")
	big := m.call(">", "j", 5)
	all = append(all, yes, none(boolType), m.call("not", b), m.call("and", b, big), m.call("or", b, big, none(boolType)), m.call("not", m.call("and", b, none(boolType))),
		m.call("=", b, yes), m.call("is distinct from", b, yes), m.call("not", m.call("or", big, m.call("=", "i", "i"))),
		&Case{Whens: []When{{b, m.expr(1)}, {big, m.col("i")}}, Type: bigintType}, &Case{Whens: []When{{m.call("not", b), m.col("d")}}, Else: dec("0.5"), Type: moneyType},
		&Keys{Arg: m.col("i").(*Column), Values: []string{"0", "9223372036854775807", "-9223372036854775808", "9007199254740993"}},
		&Keys{Arg: m.col("j").(*Column), Values: []string{"1", "7", "-3"}}, &Keys{Arg: m.col("dt").(*Column), Values: oddDates[:9]}, &Keys{Arg: m.col("d").(*Column), Values: oddDecimals[:5]},
	)
	return all
}

// dates returns expressions over dates and these columns of timestamps.
func (m maker) dates(timestamps ...string) (all []Expr) {
	add := func(name string, args ...any) { all = append(all, m.call(name, args...)) }
	parts := []string{"year", "quarter", "month", "week", "day", "dayofweek", "isodow", "dayofyear", "last_day"}
	truncated := []string{"year", "quarter", "month", "week", "day"}
	for _, c := range append([]string{"dt"}, timestamps...) {
		all = append(all, m.col(c))
		for _, part := range parts {
			add(part, c)
		}
		for _, part := range []string{"year", "dow", "doy", "quarter"} {
			add("date_part", txt(part), c)
		}
		for _, unit := range truncated {
			add("date_trunc", txt(unit), c)
		}
		add("is null", c)
	}
	for _, c := range append([]string{"dr"}, near(timestamps)...) {
		for _, i := range []string{"1 month", "-1 month", "1 year", "13 months", "3 days", "-1 day", "1 month 1 day", "1 day 02:00:00", "00:00:00.000001"} {
			add("+", c, lasting(i))
			add("-", c, lasting(i))
		}
	}
	for _, c := range timestamps {
		for _, part := range []string{"hour", "minute", "second", "epoch"} {
			add(part, c)
		}
		for _, unit := range []string{"hour", "minute", "second"} {
			add("date_trunc", txt(unit), c)
		}
		for _, v := range []string{"2000-02-29 00:00:00", "2024-12-30 12:34:56", "1970-01-01 00:00:00.5", "9999-12-31 23:59:59.999999"} {
			for _, name := range comparisons {
				add(name, c, at(v))
			}
		}
		all = append(all, &Cast{Arg: m.col(c), Type: dateType}, &Cast{Arg: m.col(c), Type: textType})
		add("date_diff", txt("day"), c, at("2024-02-29 12:00:00"))
		add("=", m.call("date_trunc", txt("month"), c), at("2024-02-01 00:00:00"))
	}
	for _, v := range []string{"0001-01-01", "1900-03-01", "2024-02-29", "9999-12-31"} {
		for _, name := range comparisons {
			add(name, "dt", on(v))
		}
	}
	for _, name := range comparisons {
		add(name, "dt", "dt2")
	}
	for _, n := range []int{0, 1, 31, -31, 400} {
		add("+", "dr", &Constant{Type: Type{ID: Integer}, Value: fmt.Sprint(n)})
		add("-", "dr", &Constant{Type: Type{ID: Integer}, Value: fmt.Sprint(n)})
	}
	add("-", "dt", "dt2")
	add("date_diff", txt("day"), "dt", "dt2")
	all = append(all, &Cast{Arg: m.col("dt"), Type: timestampType}, &In{Arg: m.col("dt"), List: []Expr{on("2024-02-29"), on("1970-01-01")}})
	add("<", &Cast{Arg: m.col("dt"), Type: timestampType}, "ts")
	return all
}

// near replaces these columns by columns that have no timestamps near the limits of what
// servers store.
func near(timestamps []string) (all []string) {
	for _, c := range timestamps {
		all = append(all, map[string]string{"ts": "tr", "tu": "tv"}[c])
	}
	return all
}

// used is the set of entries of the list that were compared for a product.
type used map[*function]bool

func (u used) note(e Expr) {
	switch e := e.(type) {
	case *Call:
		call := e
		if strings.HasPrefix(e.Name, "date_part") || strings.HasPrefix(e.Name, "date_trunc") || strings.HasPrefix(e.Name, "date_diff") {
			unit := e.Args[0].(*Constant).Value
			if other, ok := units[unit]; ok {
				unit = other
			}
			name := map[string]string{"date_part": unit, "date_trunc": "date_trunc_" + unit, "date_diff": "date_diff_" + unit}[e.Name]
			call = &Call{Name: name, Args: e.Args[1:], Type: e.Type}
		}
		if f, why := find(call); why == "" {
			u[f] = true
		}
		for _, arg := range call.Args {
			u.note(arg)
		}
	case *Cast:
		u.note(e.Arg)
	case *Case:
		for _, w := range e.Whens {
			u.note(w.If)
		}
	}
}

func TestProductsAgreeWithDuckDB(t *testing.T) {
	d := newDuck(t)
	d.fill(t, "odd", oddFields, rows)
	d.fill(t, "fine", slices.Concat(oddFields, fineFields), rows)
	d.fill(t, "pairs", pairFields, len(oddTexts)*len(oddTexts))
	for _, p := range peers(t) {
		t.Run(p.product.String(), func(t *testing.T) {
			p.fill(t, "odd", oddFields, rows)
			t.Run("functions", func(t *testing.T) { everyFunction(t, d, p) })
			t.Run("pairs of texts", func(t *testing.T) { everyPair(t, d, p) })
			t.Run("statements", func(t *testing.T) { everyStatement(t, d, p) })
			if p.product == SQLite {
				t.Run("a sum beyond 64 bits", func(t *testing.T) { hugeSum(t, d, p) })
			}
		})
	}
}

// everyFunction compares every entry of the list for a product.
func everyFunction(t *testing.T, d *duck, p peer) {
	table, timestamps := "odd", []string{"ts"}
	if p.product != SQLite {
		table, timestamps = "fine", []string{"ts", "tu"}
		p.fill(t, table, slices.Concat(oddFields, fineFields), rows)
	}
	m := maker{t, d, p.product, table}
	u := used{}
	for name, all := range map[string][]Expr{"texts": m.texts(), "numbers": m.numbers(), "dates": m.dates(timestamps...)} {
		t.Run(name, func(t *testing.T) { p.agree(t, d, table, all, u) })
	}
	for i := range functions {
		f := &functions[i]
		if !strings.HasPrefix(f.spelling(p.product), "no: ") && !u[f] {
			t.Errorf("%s(%v) has a spelling for %s, and was not compared", f.names, f.args, p.product)
		}
	}
}

// everyPair compares each of the odd texts with every odd text.
func everyPair(t *testing.T, d *duck, p peer) {
	p.fill(t, "pairs", pairFields, len(oddTexts)*len(oddTexts))
	m := maker{t, d, p.product, "pairs"}
	var all []Expr
	for _, name := range slices.Concat(comparisons, []string{"starts_with", "ends_with", "contains", "strpos", "||", "nullif"}) {
		all = append(all, m.call(name, "one", "two"))
	}
	for _, name := range []string{"greatest", "least"} {
		if p.product == PostgreSQL {
			all = append(all, m.call(name, "one", "two"))
		}
	}
	p.agree(t, d, "pairs", all, used{})
}

// agree compares the results of a peer with those of DuckDB, for expressions over a
// table, many in one statement. Expressions that the product cannot express are logged.
func (p peer) agree(t *testing.T, d *duck, table string, all []Expr, u used) {
	t.Helper()
	var said, meant []string
	var kept []Expr
	for _, e := range all {
		text, err := Print(p.product, e)
		if err != nil {
			t.Logf("%s: %v", inDuck(e), err)
			continue
		}
		u.note(e)
		said, meant, kept = append(said, text), append(meant, inDuck(e)), append(kept, e)
	}
	for begin := 0; begin < len(kept); begin += 500 {
		end := min(begin+500, len(kept))
		want, err := d.answer(t, "select "+strings.Join(meant[begin:end], ", ")+" from "+table+" as t order by t.id")
		if err != nil {
			t.Fatal(err)
		}
		p.compare(t, table, said[begin:end], meant[begin:end], kept[begin:end], want)
	}
}

// compare runs expressions in one statement. If that fails, it runs each half by itself,
// to find the one that fails.
func (p peer) compare(t *testing.T, table string, said, meant []string, kept []Expr, want [][]string) {
	t.Helper()
	out := newPrinter(p.product)
	list := make([]string, len(said))
	for i, text := range said {
		list[i] = text + " as " + out.quoted(0, fmt.Sprintf("c%d", i))
	}
	got, err := p.answer(t, "select "+strings.Join(list, ", ")+" from "+table+" as "+out.quoted(0, "t")+" order by "+out.quoted(0, "t")+"."+out.quoted(0, "id"))
	switch {
	case err != nil && len(said) == 1:
		t.Errorf("%s: %s: %v", meant[0], said[0], err)
		return
	case err != nil:
		half := len(said) / 2
		cut := func(from, to int) (part [][]string) {
			for _, line := range want {
				part = append(part, line[from:to])
			}
			return part
		}
		p.compare(t, table, said[:half], meant[:half], kept[:half], cut(0, half))
		p.compare(t, table, said[half:], meant[half:], kept[half:], cut(half, len(said)))
		return
	case len(got) != len(want):
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range said {
		wrong := 0
		for n := range want {
			if !same(kept[i].Of(), got[n][i], want[n][i]) {
				if wrong++; wrong <= 2 {
					t.Errorf("%s: %s gives %s, want %s in row %d", meant[i], said[i], got[n][i], want[n][i], n)
				}
			}
		}
		if wrong > 2 {
			t.Errorf("%s: %d more rows differ", meant[i], wrong-2)
		}
	}
}
