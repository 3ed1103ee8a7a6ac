package watching_test

import (
	"errors"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/watching"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// batches returns rows in batches of two. A row has the name of a source, a number (nil is NULL)
// and a text.
func batches(t *testing.T, rows ...[]testrow.Fill) (all []*row.Batch) {
	t.Helper()
	columns := testrow.Columns("source", row.Text, "n", row.Int, "state", row.Text)
	err := testrow.Emit(columns, rows, 2, func(b *row.Batch) error {
		all = append(all, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func one(source string, n int64, state string) []testrow.Fill {
	return []testrow.Fill{testrow.Text(source), testrow.Int(n), testrow.Text(state)}
}

func TestAConditionHoldsOfEachRowOrOfAllTogether(t *testing.T) {
	rows := [][]testrow.Fill{one("eu", 1, "ok"), one("us", 2, "ok"), one("jp", 3, "late")}
	null := append(rows[:2:2], []testrow.Fill{testrow.Text("jp"), testrow.Null, testrow.Text("ok")})
	for _, c := range []struct {
		text string
		rows [][]testrow.Fill
		met  bool
	}{
		{"n > 0", rows, true},
		{"n > 1", rows, false},
		{`state == "ok"`, rows, false},
		{`state == "ok"`, rows[:2], true},
		{"n > 0", null, false}, // NULL is not true
		{"n > 0", nil, false},  // there must be a row
		{"sum(n) == 6", rows, true},
		{"count() == 0", nil, true},
		{"count() == 3 && max(n) < 3", rows, false},
		{"N > 0", rows, true},
		{`state != "max(x)"`, rows, true}, // in a text, max( is no aggregate
	} {
		condition, err := watching.ParseCondition(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		judge := condition.Judge(time.Now())
		for _, b := range batches(t, c.rows...) {
			if err := judge.Add(b); err != nil {
				t.Errorf("%s: %v", c.text, err)
			}
		}
		if met, err := judge.End(); met != c.met || err != nil {
			t.Errorf("%s of %d rows is %v (%v), want %v", c.text, len(c.rows), met, err, c.met)
		}
	}
}

func TestAConditionThatIsWrongSaysWhere(t *testing.T) {
	for _, c := range []struct {
		text      string
		line, col int
	}{
		{"n >", 1, 3}, // the position is that of the last word
		{"n == 1 &&\nnope(n)", 2, 1},
		{"", 1, 1},
		{"n = 1", 1, 3},
		{"previous.n == n", 1, 1},
		{"sum(n) > 1 && n > 2", 1, 15},
	} {
		_, err := watching.ParseCondition(c.text)
		if wrong, ok := errors.AsType[*watching.InvalidCondition](err); !ok || wrong.Line != c.line || wrong.Col != c.col {
			t.Errorf("%q: %v, want line %d, column %d", c.text, err, c.line, c.col)
		}
	}
}

func TestAConditionNamesAColumnThatIsNotThere(t *testing.T) {
	for _, text := range []string{"n > 0 && missing == 1", "count() > 0 && sum(missing) > 1"} {
		condition, err := watching.ParseCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		err = condition.Judge(time.Now()).Add(batches(t, one("eu", 1, "ok"))[0])
		wrong, ok := errors.AsType[*watching.InvalidCondition](err)
		if !ok || wrong.Line != 1 || text[wrong.Col-1:wrong.Col+6] != "missing" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAValueThatCannotBeJudgedIsNoEndOfTheWatch(t *testing.T) {
	condition, err := watching.ParseCondition("state > 1")
	if err != nil {
		t.Fatal(err)
	}
	judge := condition.Judge(time.Now())
	if err := judge.Add(batches(t, one("eu", 1, "ok"))[0]); err != nil {
		t.Errorf("it is reported as an error of usage: %v", err)
	}
	if met, err := judge.End(); met || err == nil {
		t.Errorf("met is %v, and the error is %v; want false and an error", met, err)
	}
}

func TestAConditionFindsItsColumnsWhereALaterSourceHasMore(t *testing.T) {
	condition, err := watching.ParseCondition("sum(n) == 3")
	if err != nil {
		t.Fatal(err)
	}
	judge := condition.Judge(time.Now())
	wider := row.NewBatch(&row.Schema{Columns: testrow.Columns("extra", row.Text, "n", row.Int)})
	wider.TextString("x")
	wider.Int(2)
	wider.EndRow()
	for _, b := range append(batches(t, one("eu", 1, "ok")), wider) {
		if err := judge.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	if met, err := judge.End(); !met || err != nil {
		t.Errorf("met is %v (%v)", met, err)
	}
}
