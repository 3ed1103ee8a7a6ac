// The language is compared with the reference evaluator: values, NULLs and errors.

package expression

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/parser"

	"github.com/fanql/fanql/sources/row"
)

// canonicalText writes a value of the language, or of the reference. Equal values have equal texts.
func canonicalText(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case int64:
		return "number " + new(big.Rat).SetInt64(v).RatString()
	case *big.Rat:
		return "number " + v.RatString()
	case time.Time:
		return "instant " + nanoseconds(v.Unix(), int64(v.Nanosecond())).ns.String()
	case point:
		return "instant " + v.ns.String()
	case time.Duration:
		return fmt.Sprint("duration ", int64(v))
	case span:
		return "duration " + v.ns.String()
	case odd:
		b := beyond{"instant", 1}
		if v.kind.Numeric() {
			b.class = "number"
		}
		switch {
		case strings.HasPrefix(v.text, "-"):
			b.rank = -1
		case v.text == "NaN":
			b.rank = 2
		}
		return fmt.Sprint(b)
	case string:
		return fmt.Sprintf("text %q", v)
	}
	return fmt.Sprint(v)
}

// readValue parses an expression of any type, not only a condition.
func readValue(text string) (*Expression, error) {
	t := &translator{now: now, source: []rune(text)}
	tree, err := parser.ParseWithConfig(parsable(text, t.source), settings())
	if err != nil {
		return nil, syntax(err)
	}
	root, err := t.node(tree.Node)
	if err != nil {
		return nil, err
	}
	return &Expression{text: text, now: now, root: root, columns: t.columns, places: t.places, past: t.past}, nil
}

// agrees evaluates one expression with both evaluators. data chooses the expression.
func agrees(t *testing.T, data []byte) (refused bool) {
	t.Helper()
	g := &generator{data: data}
	g.odd = g.choose(3) == 0
	g.row()
	g.remember()
	e := g.any(kinds[g.choose(len(kinds))], 1+g.choose(5))
	text := e.String()
	b := g.batch()
	defer b.Release()
	read, err := readValue(text)
	if err != nil {
		wrong, ok := errors.AsType[*Error](err)
		switch {
		case !ok || wrong.Line != 1 || wrong.Col < 1:
			t.Fatalf("%s: %v", text, err)
		case strings.HasPrefix(wrong.Text, "two texts that stand here"), strings.HasSuffix(wrong.Text, "is not a number"), strings.HasPrefix(wrong.Text, "a duration of more than"):
		case !g.mixed:
			t.Errorf("%s is refused: %d: %v", text, wrong.Col, err)
		}
		return true
	}
	bound, err := read.Bind(b.Schema)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	bound.Recall(g.recalled)
	if why, unknown := bound.Unrecalled(); unknown != e.unknownPast() {
		t.Errorf("%s over %v: %q", text, g.past, why)
	}
	bound.load(b, 0)
	got, err := read.root.eval(&bound.scope)
	want, wantErr := e.eval()
	if (err != nil) != (wantErr != nil) || err == nil && canonicalText(got) != canonicalText(want) {
		t.Errorf("%s over %s\n  is   %s, %v\n  want %s, %v", text, g.shown(), canonicalText(got), err, canonicalText(want), wantErr)
	}
	if v, ok := got.(*big.Rat); ok && v.IsInt() && v.Num().IsInt64() {
		t.Errorf("%s is %v, which is not a fraction in lowest terms", text, v)
	}
	quickly(t, text, bound, b, got, err)
	bound.why() // it must explain any result without a panic

	// The text that messages show for an expression parses to the same expression.
	reread, err2 := readValue(read.root.text)
	if err2 != nil {
		t.Fatalf("%s is called %s: %v", text, read.root.text, err2)
	}
	bound, err2 = reread.Bind(b.Schema)
	if err2 != nil {
		t.Fatalf("%s is called %s: %v", text, read.root.text, err2)
	}
	bound.Recall(g.recalled)
	bound.load(b, 0)
	if same, err2 := reread.root.eval(&bound.scope); canonicalText(same) != canonicalText(got) || (err2 != nil) != (err != nil) {
		t.Errorf("%s is %s, but the text that messages show for it, %s, is %s (%v, %v)", text, canonicalText(got), read.root.text, canonicalText(same), err, err2)
	}
	return false
}

func (g *generator) shown() string {
	var all []string
	for _, c := range g.columns {
		all = append(all, c.name+": "+canonicalText(c.v))
	}
	return strings.Join(all, ", ")
}

// aggregated evaluates an aggregate over some rows with both evaluators.
func aggregated(t *testing.T, data []byte) {
	t.Helper()
	g := &generator{data: data}
	g.odd = g.choose(3) == 0
	name := aggregateNames[g.choose(len(aggregateNames))]
	depth := g.choose(4)
	kind := kinds[g.choose(len(kinds))]
	rows := g.choose(5)
	g.row()
	e := g.any(kind, depth)
	if depth == 0 { // then the rows mix values of several types
		e = &formula{op: "?", kids: []*formula{g.leaf('b'), g.leaf(kind), g.leaf((kinds + "l")[g.choose(len(kinds)+1)])}}
		if kind == 'i' {
			e.kids[2] = g.leaf('i')
		}
	}
	text := fmt.Sprintf("%s(%s) == nil", name, e)
	var schema *row.Schema
	var values []any
	wantErr := error(nil)
	b := g.batch()
	schema = b.Schema
	b.Release()
	batch := row.NewBatch(schema)
	defer batch.Release()
	for range rows {
		g.columns = nil
		g.row()
		e.rebind(g.columns)
		g.fill(batch)
		v, err := e.eval()
		values = append(values, v)
		wantErr = errors.Join(wantErr, err)
	}
	read, err := Merged(text, now)
	if err != nil {
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Fatalf("%s: %v", text, err)
		}
		return // TestTheLanguageAgreesWithTheReference checks which expressions are refused
	}
	bound, err := read.Bind(schema)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err = bound.Add(batch); err == nil {
		_, _, err = bound.Total()
	}
	want, foldErr := any(nil), wantErr
	if wantErr == nil {
		want, foldErr = fold(name, values)
	}
	if (err != nil) != (foldErr != nil) {
		t.Errorf("%s of %v: %v, want %v", text, values, err, foldErr)
		return
	}
	if err != nil {
		return
	}
	got := bound.scope.totals[0]
	if v, ok := got.(bool); ok { // true and 1 are equal, and the result may be either, depending on which is found first
		got = numeral(v)
	}
	if v, ok := fraction(want); ok {
		want = v
	}
	if s, ok := got.(string); ok && className(want) == "instant" {
		t.Errorf("%s of %v is the text %q", text, values, s)
	}
	if canonicalText(got) != canonicalText(want) {
		t.Errorf("%s of %v\n  is   %s\n  want %s", text, values, canonicalText(got), canonicalText(want))
	}
}

// rebind replaces the values of the columns of an expression by those of another row.
func (e *formula) rebind(columns []cell) {
	if e.op == "column" {
		for _, c := range columns {
			if c.name == e.text {
				e.v = c.v
			}
		}
	}
	for _, k := range e.kids {
		k.rebind(columns)
	}
}

// bytesOf returns random choices for a generator.
func bytesOf(r *rand.Rand) []byte {
	data := make([]byte, 200+r.IntN(200))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func TestTheLanguageAgreesWithTheReference(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	refused, n := 0, 2000
	for range n {
		if agrees(t, bytesOf(r)) {
			refused++
		}
		aggregated(t, bytesOf(r))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if refused > n/4 {
		t.Errorf("%d of %d expressions are refused: the test evaluates too few", refused, n)
	}
}

func FuzzTheLanguageAgainstTheReference(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(bytesOf(rand.New(rand.NewPCG(seed, 1))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			return
		}
		agrees(t, data)
		aggregated(t, data)
	})
}

// Expressions that users have tried.
func TestExpressionsThatUsersTried(t *testing.T) {
	b := answer()
	for text, want := range map[string]Truth{
		"(cents ?? 0) == 0.1": True, "(big ?? 0) > 0": True, "(ratio ?? 0) == 0.1": True, "(long ?? 0) > 0": True, "(nothing ?? 0.5) == 0.5": True, "(nothing ?? cents) == 0.1": True,
		"(nothing ?? nothing ?? big) == 18446744073709551615": True, "(nothing ?? 1.0) && paid": True, "n ** 2.0 == 9": True, "0xFFFFFFFFFFFFFFFFFF > big": True,
		"paid + 1 == 2": True, "paid * cents == 0.1": True, "paid < nan": True, "paid == 1.0": True, `duration("1h") + written > now()`: True, `"2026-02-01" - now() > duration("1h")`: True,
		`duration("0.3d") == duration("7h12m")`: True, `$env["null"] == nil`: Unknown, "n in nil..2": False, "n in nil..5": Unknown, "coalesce(n, 1 / zero) == 3": True,
	} {
		e, err := Row(text, now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		bound, err := e.Bind(b.Schema)
		if err != nil {
			if want != Unknown {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if got, err := bound.Row(b, 0); got != want || err != nil {
			t.Errorf("%s is %v, %v, want %v", text, got, err, want)
		}
	}
}

// The result of an aggregate over texts and instants does not depend on the order of rows.
func TestAggregatesOfTextWithInstants(t *testing.T) {
	put := map[string]func(*row.Batch){
		"day": func(b *row.Batch) { b.DateText([]byte("2026-01-31")) }, "same": func(b *row.Batch) { b.TextString("2026-01-31 00:00") },
		"late": func(b *row.Batch) { b.TextString("2026-02-01") }, "word": func(b *row.Batch) { b.TextString("x") }, "n": func(b *row.Batch) { b.Int(1) }, "yes": func(b *row.Batch) { b.Bool(true) },
		"empty": func(b *row.Batch) { b.TextString("") },
	}
	for rows, want := range map[string]string{
		"day same late": "2026-01-31T00:00:00Z 2026-02-01T00:00:00Z 2", "late same day": "2026-01-31T00:00:00Z 2026-02-01T00:00:00Z 2",
		"same late": `"2026-01-31 00:00" "2026-02-01" 2`, "word day": "error error error", "day word": "error error error", "late word day": "error error error",
		"n yes": "1 1 1", "word n": "error error error", "n day": "error error error", "word late": `"2026-02-01" "x" 2`,
		"empty day": "error error error", "day empty": "error error error", "empty late": `"" "2026-02-01" 2`,
	} {
		b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "v"}}})
		for name := range strings.FieldsSeq(rows) {
			put[name](b)
			b.EndRow()
		}
		var got []string
		for _, name := range []string{"min", "max", "distinct"} {
			e, err := Merged(name+"(v) == nil", now)
			if err != nil {
				t.Fatal(err)
			}
			bound, err := e.Bind(b.Schema)
			if err != nil {
				t.Fatal(err)
			}
			if err = bound.Add(b); err == nil {
				_, _, err = bound.Total()
			}
			if err != nil {
				got = append(got, "error")
				continue
			}
			got = append(got, show(bound.scope.totals[0]))
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: %s, want %s", rows, got, want)
		}
		b.Release()
	}
}
