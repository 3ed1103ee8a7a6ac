// Differences that are invisible when printed are made visible.

package output

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

func TestDifferencesThatLookTheSameAreShown(t *testing.T) {
	s := &row.Schema{Columns: []row.Column{{Name: "source"}, {Name: "change"}, {Name: "id"}, {Name: "column"}, {Name: "baseline"}, {Name: "value"}}}
	null := func(b *row.Batch) { b.Null() }
	txt := func(v string) func(*row.Batch) { return func(b *row.Batch) { b.TextString(v) } }
	for _, c := range []struct {
		x, y         func(*row.Batch)
		wantX, wantY string
	}{
		{txt("a"), txt("a "), `"a"`, `"a "`},
		{txt("a"), txt("a\u00a0"), `"a"`, `"a\u00a0"`},
		{txt("a b"), txt("a\u00a0b"), `"a b"`, `"a\u00a0b"`},
		{txt("a"), txt("a\x00"), `"a"`, `"a\u0000"`},
		{txt("a"), txt("\u200ba"), `"a"`, `"\u200ba"`},
		{txt("é"), txt("e\u0301"), `"é"`, `"e\u0301"`},
		{txt("ﬁ"), txt("fi"), `"ﬁ"`, `"fi"`},
		{txt("NULL"), null, `"NULL"`, ""},
		{txt("7"), func(b *row.Batch) { b.Int(7) }, `"7"`, "7"},
		{txt("\u0e01\u0e31"), txt("\u0e01\u0e31 "), "\"\u0e01\u0e31\"", "\"\u0e01\u0e31 \""},
		{txt("a"), txt("b"), "a", "b"},
		{txt("a "), txt("b"), "a ", "b"},
		{txt(""), txt(" "), `""`, `" "`},
	} {
		b := row.NewBatch(s)
		for _, fill := range []func(*row.Batch){txt("us"), txt("changed"), txt("k"), txt("v"), c.x, c.y} {
			fill(b)
		}
		b.EndRow()
		b = Reveal(b)
		cells := b.Row(0)
		x, y := string(b.AppendText(nil, cells[4])), string(b.AppendText(nil, cells[5]))
		if x != c.wantX || y != c.wantY || string(b.AppendText(nil, cells[2])) != "k" {
			t.Errorf("got %q and %q, want %q and %q", x, y, c.wantX, c.wantY)
		}
		b.Release()
	}
}

func TestASingleRowShowsInvisibleCharacters(t *testing.T) {
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "source"}, {Name: "change"}, {Name: "count"}, {Name: "v"}}})
	for _, v := range []string{"a", "a ", "e\u0301", "é", "x\u200by", `a"b`} {
		b.TextString("us ")
		b.TextString("added")
		b.Int(1)
		b.TextString(v)
		b.EndRow()
	}
	b = Reveal(b)
	var got []string
	for i := range b.Rows() {
		got = append(got, string(b.AppendText(nil, b.Row(i)[3])))
	}
	if want := `a|"a "|"e\u0301"|é|"x\u200by"|a"b`; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
	for _, f := range Formats {
		if want := f.Name == "table" || f.Name == "markdown" || f.Name == "vertical"; f.ForPeople() != want {
			t.Errorf("%s is for people: %v", f.Name, f.ForPeople())
		}
	}
}
