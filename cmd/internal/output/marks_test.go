// Marks on cells that have changed.

package output_test

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// A mark replaces a space, so that no column moves. The style compact has no space for it.
func TestAMarkStandsBehindAChangedCell(t *testing.T) {
	columns := testrow.Columns("name", row.Text, "n", row.Int, "last", row.Text)
	rows := [][]testrow.Fill{
		{testrow.Text("ab"), testrow.Int(1), testrow.Text("x")},
		{testrow.Text(""), testrow.Null, testrow.Text("漢字")},
		{testrow.Text("abcd"), testrow.Int(1000), testrow.Text("")},
	}
	for _, c := range []struct {
		format, style string
		want          string
	}{
		{"table", "psql", " ab*  |    1*| x*\n *    | NULL*| 漢字*\n abcd*| 1000*| *\n"},
		{"table", "box", "│ ab*  │    1*│ x*   │\n│ *    │ NULL*│ 漢字*│\n│ abcd*│ 1000*│ *    │\n"},
		{"table", "plain", "ab*      1* x*\n*     NULL* 漢字*\nabcd* 1000* *\n"},
		{"table", "compact", "ab*  |   1*|x*\n*    |NULL*|漢字*\nabcd*|1000*|*\n"},
		{"markdown", "", "| ab*  |    1*| x*   |\n| *    | NULL*| 漢字*|\n| abcd*| 1000*| *    |\n"},
	} {
		marked, plain := written(t, c.format, c.style, columns, rows, true), written(t, c.format, c.style, columns, rows, false)
		if _, body := bodyOf(marked); body != c.want {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.format, c.style, body, c.want)
		}
		head, _ := bodyOf(plain)
		if other, _ := bodyOf(marked); other != head && c.style != "compact" {
			t.Errorf("%s %s: marks change the header from\n%s\nto\n%s", c.format, c.style, head, other)
		}
	}
	if got := written(t, "vertical", "", columns, rows[:2], true); !strings.Contains(got, "name | ab*\nn    | 1*\nlast | x*\n") || !strings.Contains(got, "name |*\nn    | NULL*\nlast | 漢字*\n") {
		t.Errorf("vertical:\n%s", got)
	}
}

// bodyOf separates the rows of a table from its header and frame.
func bodyOf(table string) (head, body string) {
	for line := range strings.Lines(table) {
		if strings.Contains(line, "name") || strings.Trim(line, "-+|─┌┬┐├┼┤└┴┘: \n") == "" {
			head += line
		} else {
			body += line
		}
	}
	return head, body
}

func written(t *testing.T, format, style string, columns []row.Column, rows [][]testrow.Fill, marks bool) string {
	t.Helper()
	f, _ := output.Formats.ByName(format)
	o := output.Options{Table: style}
	if marks {
		o.Changed = func(int, int) bool { return true }
	}
	var b strings.Builder
	w := f.New(&b, o)
	err := testrow.Emit(columns, rows, 100, func(rows *row.Batch) error {
		defer rows.Release()
		return w.Write(rows)
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarksFollowTheRowsOfSeveralBlocks(t *testing.T) {
	f, _ := output.Formats.ByName("table")
	var b strings.Builder
	w := f.New(&b, output.Options{NoHeader: true, Changed: func(row, _ int) bool { return row == 1234 }})
	var rows [][]testrow.Fill
	for i := range 2000 {
		rows = append(rows, []testrow.Fill{testrow.Int(int64(i))})
	}
	err := testrow.Emit(testrow.Columns("n", row.Int), rows, 700, func(rows *row.Batch) error {
		defer rows.Release()
		return w.Write(rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "*") != 1 || !strings.Contains(b.String(), " 1234*\n") {
		t.Errorf("%d marks", strings.Count(b.String(), "*"))
	}
}
