// Every strategy returns the result of a simple merge in memory, for any order of
// arrival, any sizes of batches, and any memory.

package merge

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// families are kinds that can be merged into one column, and the kind of that column.
var families = []struct {
	kinds []row.Kind
	as    row.Kind
}{
	{[]row.Kind{row.Int, row.Uint, row.Decimal, row.Float}, row.Float},
	{[]row.Kind{row.Text, row.Int, row.Decimal}, row.Text},
	{[]row.Kind{row.Text, row.Date}, row.Text},
	{[]row.Kind{row.Date, row.Timestamp}, row.Timestamp},
	{[]row.Kind{row.Any, row.Bool, row.Int}, row.Any},
	{[]row.Kind{row.Text, row.Null}, row.Text},
}

// randomValue returns a random value for a column of that kind.
func randomValue(t *rapid.T, kind row.Kind) value {
	if kind == row.Null || rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return value{fill: null, text: "NULL"}
	}
	switch kind {
	case row.Any:
		return randomValue(t, rapid.SampledFrom([]row.Kind{row.Int, row.Float, row.Text, row.Bool}).Draw(t, "cell"))
	case row.Bool:
		v := rapid.Bool().Draw(t, "bool")
		n := value{fill: boolean(v), text: fmt.Sprint(v), class: classNumber, num: new(big.Rat)}
		if v {
			n.num.SetInt64(1)
		}
		return n
	case row.Int:
		v := rapid.Int64Range(-3, 12).Draw(t, "integer")
		return value{fill: integer(v), text: fmt.Sprint(v), class: classNumber, num: big.NewRat(v, 1)}
	case row.Uint:
		v := rapid.SampledFrom([]uint64{0, 1, 2, 1<<64 - 1}).Draw(t, "unsigned")
		return value{fill: func(b *row.Batch) { b.Uint(v) }, text: fmt.Sprint(v), class: classNumber, num: new(big.Rat).SetUint64(v)}
	case row.Decimal:
		s := rapid.SampledFrom([]string{"1.0", "1.00", "-0.5", "2", "10.25", "-12345678901234567890.5", "0.000001"}).Draw(t, "decimal")
		n, _ := new(big.Rat).SetString(s)
		return value{fill: dec(s), text: s, class: classNumber, num: n}
	case row.Float:
		s := rapid.SampledFrom([]string{"1", "0.5", "-0.5", "1e+20", "NaN", "Infinity", "-Infinity"}).Draw(t, "float")
		v, _ := strconv.ParseFloat(s, 64)
		switch s {
		case "NaN":
			return value{fill: flt(v), text: s, class: classNaN}
		case "Infinity":
			return value{fill: flt(v), text: s, class: classAbove}
		case "-Infinity":
			return value{fill: flt(v), text: s, class: classBelow}
		}
		n, _ := new(big.Rat).SetString(s)
		return value{fill: flt(v), text: s, class: classNumber, num: n}
	case row.Date:
		s := fmt.Sprintf("20%02d-01-31", rapid.IntRange(0, 3).Draw(t, "year"))
		return value{fill: date(s), text: s, class: classInstant}
	case row.Timestamp:
		s := fmt.Sprintf("20%02d-01-31 %02d:00:00", rapid.IntRange(0, 3).Draw(t, "year"), rapid.IntRange(0, 2).Draw(t, "hour"))
		return value{fill: stamp(s), text: strings.Replace(s, " ", "T", 1), class: classInstant}
	}
	s := rapid.StringMatching("[abAB]{0,2}|x{9}[ab]?").Draw(t, "text")
	return value{fill: txt(s), text: s, class: classText}
}

// as returns the value converted to the kind of the result's column.
func (v value) as(k row.Kind) value {
	switch {
	case v.class == classNull:
	case k == row.Text:
		v.class = classText
	case k == row.Timestamp && !strings.Contains(v.text, "T"):
		v.text += "T00:00:00"
	}
	return v
}

// wanted is a test case: the sources, the merge, and the expected result.
type wanted struct {
	run      Run
	o        Distinct // for Ordered, its order and slice only
	distinct bool
	tables   []table
	tuples   []tuple // rows of the sources that end well, in source order
	columns  []row.Column
	arrive   []int
	live     bool
	rendered bool // the sources render their rows
	memory   int64
	refused  []bool
}

// refusals returns which sources without types must be refused. If another source has
// numbers, these are the sources with texts. Otherwise they are the sources whose texts an
// order would compare with numbers.
func (w *wanted) refusals(kinds []row.Kind, fails []bool, rows [][]tuple) []bool {
	ordered := slices.ContainsFunc(w.o.Order, func(t columns.Term) bool { return t.Name == "v" || t.Place == 1 })
	key := w.distinct && (len(w.o.Key) == 0 || slices.ContainsFunc(w.o.Key, func(t columns.Term) bool { return t.Name == "v" }))
	typed := false
	for i, k := range kinds {
		typed = typed || !fails[i] && k != row.Any && k != row.Null
	}
	refused := make([]bool, len(kinds))
	before := map[bool]bool{} // the key is whether a value is text
	for i, k := range kinds {
		if fails[i] || k != row.Any {
			continue
		}
		own := map[bool]bool{}
		for _, r := range rows[i] {
			if v := r.cells[0]; v.class != classNull {
				own[v.class == classText] = true
			}
		}
		mixed := len(own) > 1 || before[true] && own[false] || before[false] && own[true]
		if refused[i] = typed && own[true] && (ordered || key) || !typed && ordered && mixed; !refused[i] {
			for text := range own {
				before[text] = true
			}
		}
	}
	return refused
}

func (w *wanted) randomRows(t *rapid.T) {
	n := rapid.IntRange(1, 5).Draw(t, "sources")
	family := families[rapid.IntRange(0, len(families)-1).Draw(t, "family")]
	kinds := make([]row.Kind, n)
	fails := make([]bool, n)
	rows := make([][]tuple, n)
	for i := range n {
		kinds[i] = rapid.SampledFrom(family.kinds).Draw(t, "kind")
		fails[i] = rapid.IntRange(0, 5).Draw(t, "fails") == 0
		for range rapid.SampledFrom([]int{0, 1, 5, 60}).Draw(t, "rows") {
			rows[i] = append(rows[i], tuple{i, []value{randomValue(t, kinds[i]), randomValue(t, row.Text), randomValue(t, row.Int)}})
		}
	}
	w.randomOptions(t, n)
	w.refused = w.refusals(kinds, fails, rows)
	merged := row.Null
	for i := range n {
		if !fails[i] && !w.refused[i] {
			merged = columns.Meet(row.Column{Type: merged}, row.Column{Type: kinds[i]}).Kind
		}
	}
	w.columns = cols("v", merged, "g", row.Text, "n", row.Int)
	for i := range n {
		tab := table{name: fmt.Sprint("s", i), cols: cols("v", kinds[i], "g", row.Text, "n", row.Int)}
		tab.batch = rapid.IntRange(1, 40).Draw(t, "batch")
		if fails[i] {
			tab.err = errors.New("lost")
		}
		own := rows[i]
		as := func(r tuple) tuple {
			return tuple{i, []value{r.cells[0].as(merged), r.cells[1], r.cells[2]}}
		}
		if w.o.Sorted {
			slices.SortStableFunc(own, func(a, b tuple) int { return before(w.o.Order, w.columns, as(a), as(b)) })
		}
		for _, r := range own {
			tab.rows = append(tab.rows, []fill{r.cells[0].fill, r.cells[1].fill, r.cells[2].fill})
			if !fails[i] && !w.refused[i] {
				w.tuples = append(w.tuples, as(r))
			}
		}
		w.tables = append(w.tables, tab)
	}
	w.arrive = rapid.Permutation(slices.Collect(seq(n))).Draw(t, "arrive")
	w.live = w.o.Sorted && !w.distinct && w.o.Slice == Slice{} && len(w.tuples) > 0 && !slices.Contains(fails, true) && !slices.Contains(w.refused, true) && rapid.Bool().Draw(t, "live")
	w.rendered = w.live && rapid.Bool().Draw(t, "rendered")
	w.memory = rapid.SampledFrom([]int64{0, 4 << 10, 64 << 10}).Draw(t, "memory")
}

func (w *wanted) randomOptions(t *rapid.T, sources int) {
	term := rapid.Custom(func(t *rapid.T) columns.Term {
		term := columns.Term{Descending: rapid.Bool().Draw(t, "desc"), NullsFirst: rapid.Bool().Draw(t, "nulls first"), Fold: rapid.Bool().Draw(t, "nocase")}
		if rapid.Bool().Draw(t, "by place") {
			term.Place = rapid.IntRange(1, 3).Draw(t, "place")
		} else {
			term.Name = rapid.SampledFrom([]string{"v", "G", "n"}).Draw(t, "name")
		}
		return term
	})
	w.distinct = rapid.Bool().Draw(t, "distinct")
	least := 1
	if w.distinct {
		least = 0
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"v", "g"}), 0, 2).Draw(t, "key") {
			w.o.Key = append(w.o.Key, columns.Term{Name: name})
		}
		w.o.BySource = rapid.Bool().Draw(t, "by source")
		w.o.Prefer = rapid.Permutation(slices.Collect(seq(sources))).Draw(t, "prefer")[:rapid.IntRange(0, sources).Draw(t, "preferred")]
	}
	w.o.Order = rapid.SliceOfN(term, least, 3).Draw(t, "order")
	w.o.Sorted = len(w.o.Order) > 0 && rapid.Bool().Draw(t, "sorted")
	if rapid.Bool().Draw(t, "limited") {
		w.o.Slice = Slice{Limited: true, Limit: rapid.Int64Range(0, 40).Draw(t, "limit")}
	}
	if rapid.Bool().Draw(t, "offset") {
		w.o.Slice.Offset = rapid.Int64Range(0, 40).Draw(t, "offset rows")
	}
}

func (w *wanted) strategy() Strategy {
	if w.distinct {
		return w.o
	}
	return Ordered{Order: w.o.Order, Sorted: w.o.Sorted, Slice: w.o.Slice}
}

// merged runs the case. It returns the rows as text, and how the sources ended.
func (w *wanted) merged(t *rapid.T) ([]string, *query.Summary) {
	tasks := make([]query.Task, len(w.tables))
	gates := make([]chan struct{}, len(w.tables))
	for i := range w.tables {
		gates[i] = make(chan struct{})
		w.tables[i].wait = gates[i]
		tasks[i] = query.Task{Source: w.tables[i]}
		w.run.Sources = append(w.run.Sources, w.tables[i].name)
	}
	summary := query.NewSummary(tasks)
	w.run.Notes = summary
	next := 0
	open := func() {
		if next < len(w.arrive) {
			close(gates[w.arrive[next]])
			next++
		}
	}
	open()
	o := query.Options{Memory: w.memory, Ended: func(o query.Outcome) {
		summary.Ended(o)
		open()
	}}
	var got []string
	emit := func(b *row.Batch) error {
		if b.Schema.Width() != 3 || b.Schema.Columns[0].Type != w.columns[0].Type {
			return fmt.Errorf("columns %v", b.Schema.Columns)
		}
		got = append(got, lines(b)...)
		b.Release()
		return nil
	}
	var err error
	if w.live {
		m := LiveOrdered{Order: w.o.Order}.Begin(w.run)
		if w.rendered {
			render := func(dst []byte, b *row.Batch) []byte { return append(dst, lines(b)[0]...) }
			m = LiveOrdered{Order: w.o.Order, Render: render}.Begin(w.run)
			o.Shape, emit = m.Shape, func(b *row.Batch) error {
				defer b.Release()
				if b.Schema.Width() != 1 || m.Schema().Width() != 3 || m.Schema().Columns[0].Type != w.columns[0].Type {
					return fmt.Errorf("columns %v of %v", b.Schema.Columns, m.Schema().Columns)
				}
				for i := range b.Rows() {
					got = append(got, string(b.Bytes(b.Row(i)[0])))
				}
				return nil
			}
		}
		err = query.Pull(t.Context(), tasks, o, func(rows *query.Readers) error { return m.Merge(rows, emit) })
	} else {
		err = w.strategy().Merge(w.run, query.Dispatch(t.Context(), tasks, o), emit)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got, summary
}

func TestAMergeIsWhatAPlainMergeInMemoryGives(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		var w wanted
		w.randomRows(t)
		var want []string
		kept := make([]int64, len(w.tables))
		for _, r := range plainMerge(w.o, w.columns, slices.Clone(w.tuples), w.distinct) {
			want = append(want, r.cells[0].text+"|"+r.cells[1].text+"|"+r.cells[2].text)
			kept[r.source]++
		}
		got, summary := w.merged(t)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v of %v\ngot\n  %s\nwant\n  %s", w.strategy(), w.tuples, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
		for i, o := range summary.Outcomes {
			if failed := w.tables[i].err != nil || w.refused[i]; failed == (o.State == query.OK) || o.Rows != kept[i] || o.Rows+o.Discarded != int64(len(w.tables[i].rows)) {
				t.Fatalf("%s is %s (%v) with %d rows, want %d; %d discarded", o.Source, o.State, o.Err, o.Rows, kept[i], o.Discarded)
			}
		}
	})
}
