// The output of each format, case by case.

package output

import (
	"math"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

func TestFormats(t *testing.T) {
	orders := columns("source", "id:integer", "amount:decimal", "note")
	three := func() *row.Batch {
		return batch(orders,
			line{"eu", 1, decimal("12.50"), "plain"},
			line{"eu", 20, nil, ""},
			line{"us", -3, decimal("0.05"), nil})
	}
	odd := func() *row.Batch {
		return batch(columns("a", "a", ""), line{"x,y", `say "hi"`, "two\nlines"}, line{" pad ", "tab\there", `back\slash|pipe`})
	}
	kinds := func() *row.Batch {
		return batch(columns("v:any"),
			line{true}, line{math.MaxInt}, line{uint64(math.MaxUint64)}, line{1.5}, line{float32(0.1)}, line{1e21},
			line{math.NaN()}, line{math.Inf(-1)}, line{decimal("12345678901234567890.10")}, line{decimal("NaN")}, line{decimal("1E+20")},
			line{day("2026-01-31")}, line{stamp("2026-01-31 08:30:00.25")}, line{instant("2026-01-31 08:30:00+00")}, line{day("0000-00-00")},
			line{clock("-12:00:01")}, line{"text"}, line{jsonDoc("{\"n\": 9007199254740993}")}, line{jsonDoc("{oops")}, line{[]byte{0, 255}})
	}
	none := func() *row.Batch { return batch(columns()) }
	two := func() *row.Batch { return batch(columns(), line{}, line{}) }
	empty := func() *row.Batch { return batch(columns("a", "n:integer")) }

	tests := []struct {
		name, format string
		o            Options
		in           *row.Batch
		want         string
	}{
		{"numbers right, NULL visible, no blanks after the last value", "table", Options{}, three(), `
 source | id | amount | note
--------+----+--------+-------
 eu     |  1 |  12.50 | plain
 eu     | 20 |   NULL |
 us     | -3 |   0.05 | NULL
`},
		{"no header", "table", Options{NoHeader: true}, three(), `
 eu |  1 | 12.50 | plain
 eu | 20 |  NULL |
 us | -3 |  0.05 | NULL
`},
		{
			"the chosen text for NULL, dim", "table",
			Options{Null: "-", NullSet: true, Color: true},
			batch(columns("n:integer", "t"), line{nil, nil}),
			"\n \x1b[1mn\x1b[0m | \x1b[1mt\x1b[0m\n---+---\n \x1b[2m-\x1b[0m | \x1b[2m-\x1b[0m\n",
		},
		{"line breaks and tabs as escapes, duplicate and empty names", "table", Options{}, odd(), `
 a     | a         |
-------+-----------+-----------------
 x,y   | say "hi"  | two\nlines
  pad  | tab\there | back\slash|pipe
`},
		{
			"wide, combined and joined characters", "table",
			Options{},
			batch(columns("city", "x"), line{"東京", 1}, line{"e\u0301te", 2}, line{"👩\u200d👧", 3}, line{"abcd", 4}),
			"\n city | x\n------+---\n 東京 | 1\n e\u0301te  | 2\n 👩\u200d👧   | 3\n abcd | 4\n",
		},
		{"numbers in an untyped column", "table", Options{}, batch(columns("count:any", "mixed:any"), line{7, 1}, line{nil, "one"}), `
 count | mixed
-------+-------
     7 |     1
  NULL | one
`},
		{"bytes", "table", Options{NoHeader: true}, batch(columns("b:bytes"), line{[]byte("\x1bhi")}), "\n \\x1b6869\n"},
		{"no rows", "table", Options{}, empty(), "\n a | n\n---+---\n"},
		{"no columns", "table", Options{}, two(), "\n--\n\n\n"},
		{"no columns, no rows", "table", Options{}, none(), "\n--\n"},
		{"cut to the terminal, texts first", "table", Options{Terminal: true, Width: 36}, batch(columns("id:integer", "note", "memo"),
			line{12345678901, "the quick brown fox", "東京東京東京"}, line{2, "short", "s"}), `
          id | note      | memo
-------------+-----------+----------
 12345678901 | the quic… | 東京東…
           2 | short     | s
`},
		{"the longest text is cut first, and NULL never", "table", Options{Terminal: true, Width: 64}, batch(columns("day:date", "at:timestamp", "said", "note"),
			line{day("2026-01-31"), stamp("2026-01-31 08:30:00"), "2026-01-31 08:30:00", "the quick brown fox"}, line{nil, nil, nil, nil}), `
 day        | at              | said           | note
------------+-----------------+----------------+----------------
 2026-01-31 | 2026-01-31T08:… | 2026-01-31 08… | the quick bro…
 NULL       | NULL            | NULL           | NULL
`},
		{"times are whole if eight characters of each text fit", "table", Options{Terminal: true, Width: 50}, batch(columns("at:timestamp", "note", "memo"),
			line{stamp("2026-01-31 08:30:00"), "the quick brown fox jumps", "short"}, line{nil, nil, nil}), `
 at                  | note               | memo
---------------------+--------------------+-------
 2026-01-31T08:30:00 | the quick brown f… | short
 NULL                | NULL               | NULL
`},
		{"the source is never cut", "table", Options{Terminal: true, Width: 40, Reserve: map[string]int{"source": 14}}, batch(columns("source", "note", "memo"),
			line{"madrid-central", "the quick brown fox jumps", "over the lazy dog"}), `
 source         | note      | memo
----------------+-----------+-----------
 madrid-central | the quic… | over the…
`},
		{"names of columns of numbers are cut", "table", Options{Terminal: true, Width: 30}, batch(columns("quantity_ordered:integer", "amount_in_cents:integer", "note"),
			line{1, 1234567890, "the quick brown fox"}), `
 qua… | amount_in… | note
------+------------+----------
    1 | 1234567890 | the qui…
`},
		{"numbers and NULL are never cut, even if the row is longer than the screen", "table", Options{Terminal: true, Width: 14}, batch(columns("n:integer", "note"), line{1234567, "fox"}, line{8, nil}), `
       n | note
---------+------
 1234567 | fox
       8 | NULL
`},
		{"too many columns for any screen", "table", Options{Terminal: true, Width: 8}, batch(columns("a", "b", "c"), line{"the quick brown fox", "x", "y"}), `
 a        | b | c
----------+---+---
 the qui… | x | y
`},
		{"not cut without a terminal", "table", Options{Width: 10}, batch(columns("note"), line{"the quick brown fox"}), `
 note
---------------------
 the quick brown fox
`},

		{"plain values bare, NULL empty, the empty string quoted", "csv", Options{}, three(), `
source,id,amount,note
eu,1,12.50,plain
eu,20,,""
us,-3,0.05,
`},
		{"quotes", "csv", Options{}, odd(), `
a,a,""
"x,y","say ""hi""","two
lines"
" pad ",tab` + "\t" + `here,back\slash|pipe
`},
		{"a value that looks like NULL is quoted", "csv", Options{Null: "0", NullSet: true, NoHeader: true}, batch(columns("a:any"), line{nil}, line{0}, line{"0"}, line{10}, line{""}), `
0
"0"
"0"
10
""
`},
		{"the end-of-data mark and carriage returns", "csv", Options{NoHeader: true}, batch(columns("a"), line{`\.`}, line{"a\rb"}, line{`\.x`}), "\n\"\\.\"\n\"a\rb\"\n\\.x\n"},
		{"spaces at either end", "csv", Options{NoHeader: true}, batch(columns("a"), line{" a"}, line{"a "}, line{"a a"}), "\n\" a\"\n\"a \"\na a\n"},
		{"every kind", "csv", Options{NoHeader: true}, kinds(), `
true
9223372036854775807
18446744073709551615
1.5
0.1
1e+21
NaN
-Infinity
12345678901234567890.10
NaN
1E+20
2026-01-31
2026-01-31T08:30:00.25
2026-01-31T08:30:00Z
0000-00-00
-12:00:01
text
"{""n"": 9007199254740993}"
{oops
\x00ff
`},
		{"no rows", "csv", Options{}, empty(), "\na,n\n"},
		{"no columns", "csv", Options{}, two(), "\n\n\n\n"},

		{"NULL and escapes as COPY has them", "tsv", Options{}, batch(columns("a\tb", "c"), line{nil, ""}, line{"t\tn\nr\rb\\", `\N`}, line{[]byte("hi"), "x"}), `
a\tb` + "\t" + `c
\N` + "\t" + `
t\tn\nr\rb\\` + "\t" + `\\N
\\x6869` + "\t" + `x
`},
		{"a value that looks like NULL is distinguished", "tsv", Options{Null: "NaN", NullSet: true, NoHeader: true}, batch(columns("a:any"), line{nil}, line{"NaN"}, line{math.NaN()}, line{"NaNo"}), `
NaN
\x4eaN
\x4eaN
NaNo
`},
		{"also beyond ASCII, in UTF-8", "tsv", Options{Null: "∅x", NullSet: true, NoHeader: true}, batch(columns("a"), line{nil}, line{"∅x"}, line{"∅"}), `
∅x
\xe2\x88\x85x
∅
`},
		{"no rows", "tsv", Options{}, empty(), "\na\tn\n"},
		{"no columns", "tsv", Options{}, two(), "\n\n\n\n"},

		{"one object in each line", "json", Options{}, three(), `
[
{"source":"eu","id":1,"amount":12.50,"note":"plain"},
{"source":"eu","id":20,"amount":null,"note":""},
{"source":"us","id":-3,"amount":0.05,"note":null}
]
`},
		{"escapes", "jsonl", Options{}, batch(columns(`q"k`, "b"), line{"\x01\x1f\x7f \b\f\n\r\t\"\\/<&>", "\u0085\u009f\u00a0\u2028\u2029\u202e\u2066 é東👩"}), `
{"q\"k":"\u0001\u001f\u007f \b\f\n\r\t\"\\/<&>","b":"\u0085\u009f` + "\u00a0" + `\u2028\u2029\u202e\u2066 é東👩"}
`},
		{"every kind", "jsonl", Options{}, kinds(), `
{"v":true}
{"v":9223372036854775807}
{"v":18446744073709551615}
{"v":1.5}
{"v":0.1}
{"v":1e+21}
{"v":"NaN"}
{"v":"-Infinity"}
{"v":12345678901234567890.10}
{"v":"NaN"}
{"v":1E+20}
{"v":"2026-01-31"}
{"v":"2026-01-31T08:30:00.25"}
{"v":"2026-01-31T08:30:00Z"}
{"v":"0000-00-00"}
{"v":"-12:00:01"}
{"v":"text"}
{"v":{"n": 9007199254740993}}
{"v":"{oops"}
{"v":"\\x00ff"}
`},
		{"numbers in other notations", "jsonl", Options{}, batch(columns("d:decimal"), line{decimal(".5")}, line{decimal("007")}, line{decimal("+1")}, line{decimal("-0.00")}, line{decimal("-Infinity")}), `
{"d":0.5}
{"d":7}
{"d":"+1"}
{"d":-0.00}
{"d":"-Infinity"}
`},
		{"embedded JSON stays on its line", "jsonl", Options{}, batch(columns("j:json"), line{jsonDoc("{\n\t\"a\": [1,\r\n 2],\"e\": \"\\n\x7f\u0085é\u202e\"}")}), `
{"j":{  "a": [1,   2],"e": "\n\u007f\u0085é\u202e"}}
`},
		{"duplicate names are kept", "json", Options{}, batch(columns("a", "a"), line{"x", "y"}), `
[
{"a":"x","a":"y"}
]
`},
		{"no rows", "json", Options{}, empty(), "\n[]\n"},
		{"no columns", "json", Options{}, two(), "\n[\n{},\n{}\n]\n"},
		{"no rows", "jsonl", Options{}, empty(), "\n"},
		{"no columns", "jsonl", Options{}, two(), "\n{}\n{}\n"},

		{"numbers right", "markdown", Options{}, three(), `
| source |  id | amount | note  |
| ------ | --: | -----: | ----- |
| eu     |   1 |  12.50 | plain |
| eu     |  20 |   NULL |       |
| us     |  -3 |   0.05 | NULL  |
`},
		{"characters that would end or hide a cell", "markdown", Options{NoHeader: true}, batch(columns("a", "b"), line{"a|b\\|c", "one\r\ntwo\nthree\rfour"}, line{"<b> *x* `y` [z]", []byte{1}}, line{"&lt; _a_ ~b~", "$c$ #1 !"}), `
| a\|b\\\|c               | one<br>two<br>three<br>four |
| \<b\> \*x\* \` + "`y\\`" + ` \[z\] | \\x01                       |
| \&lt; \_a\_ \~b\~       | \$c\$ \#1 \!                |
`},
		{"no rows", "markdown", Options{}, empty(), "\n| a   |   n |\n| --- | --: |\n"},
		{"no columns", "markdown", Options{}, two(), "\n|\n|\n|\n|\n"},

		{"records numbered, line breaks kept", "vertical", Options{}, batch(columns("id:integer", "some note"), line{1, "two\nlines"}, line{nil, "a\tb"}, line{3, ""}), `
-[ RECORD 1 ]----
id        | 1
some note | two
          | lines
-[ RECORD 2 ]---
id        | NULL
some note | a\tb
-[ RECORD 3 ]
id        | 3
some note |
`},
		{"the line above as wide as the values", "vertical", Options{Terminal: true, Width: 30}, batch(columns("a long name here", "b"), line{strings.Repeat("x", 40), 1}), `
-[ RECORD 1 ]----+------------
a long name here | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
b                | 1
`},
		{"without headings", "vertical", Options{NoHeader: true}, batch(columns("a"), line{1}, line{2}), `
a | 1

a | 2
`},
		{"no rows", "vertical", Options{}, empty(), "\n"},
		{"no columns", "vertical", Options{}, two(), "\n-[ RECORD 1 ]\n-[ RECORD 2 ]\n"},
	}
	for _, test := range tests {
		t.Run(test.format+": "+test.name, func(t *testing.T) {
			same(t, "\n"+written(t, test.format, test.o, test.in), test.want)
		})
	}
}

func TestAResultThatNeverHadColumns(t *testing.T) {
	for _, f := range Formats {
		want := ""
		if f.Binary { // a file without columns is not valid
			continue
		}
		if f.Name == "json" {
			want = "[]\n"
		}
		if got := written(t, f.Name, Options{}); got != want {
			t.Errorf("%s: %q, want %q", f.Name, got, want)
		}
	}
}

func TestColumnsThatChangeLater(t *testing.T) {
	one := batch(columns("a"), line{"x"})
	two := batch(columns("a", "b"), line{"y", "z"})
	third := batch(columns("a", "b"), line{"v", "w"})
	for name, want := range map[string]string{
		"table":    "\n a\n---\n x\n\n a | b\n---+---\n y | z\n v | w\n",
		"json":     "\n[\n{\"a\":\"x\"},\n{\"a\":\"y\",\"b\":\"z\"},\n{\"a\":\"v\",\"b\":\"w\"}\n]\n",
		"jsonl":    "\n{\"a\":\"x\"}\n{\"a\":\"y\",\"b\":\"z\"}\n{\"a\":\"v\",\"b\":\"w\"}\n",
		"markdown": "\n| a   |\n| --- |\n| x   |\n\n| a   | b   |\n| --- | --- |\n| y   | z   |\n| v   | w   |\n",
		"vertical": "\n-[ RECORD 1 ]\na | x\n-[ RECORD 2 ]\na | y\nb | z\n-[ RECORD 3 ]\na | v\nb | w\n",
	} {
		t.Run(name, func(t *testing.T) { same(t, "\n"+written(t, name, Options{}, one, two, third), want) })
	}
	for _, f := range Formats {
		if !f.Fixed {
			continue
		}
		t.Run(f.Name+" refuses", func(t *testing.T) {
			var out strings.Builder
			w := f.New(&out, Options{})
			if err := w.Write(one); err != nil {
				t.Fatal(err)
			}
			err := w.Write(two)
			if err == nil || !strings.Contains(err.Error(), "columns changed") {
				t.Errorf("got %v", err)
			}
			if w.Close() != err { //nolint:errorlint // it must be this very error
				t.Error("Close hides the error")
			}
		})
	}
}

func TestATableThatComesInPieces(t *testing.T) {
	s := columns("source", "n:integer")
	t.Run("rows before the columns do not fix the widths", func(t *testing.T) {
		same(t, "\n"+written(t, "table", Options{}, batch(s), nil, batch(s, line{"archive", 1})), `
 source  | n
---------+---
 archive | 1
`)
	})
	t.Run("a small block that is wider is aligned by itself", func(t *testing.T) {
		same(t, "\n"+written(t, "table", Options{}, batch(s, line{"eu", 1}), nil, batch(s, line{"eu", 1000}, line{"eu", 2}), nil, batch(s, line{"eu", 3})), `
 source | n
--------+---
 eu     | 1
 eu     | 1000
 eu     |    2
 eu     |    3
`)
	})
	t.Run("a reserved width leaves room for later rows", func(t *testing.T) {
		same(t, "\n"+written(t, "table", Options{Reserve: map[string]int{"source": 9}}, batch(s, line{"eu", 1}), nil, batch(s, line{"asia-east", 2})), `
 source    | n
-----------+---
 eu        | 1
 asia-east | 2
`)
	})
	t.Run("a large block that is wider repeats the header", func(t *testing.T) {
		big := row.NewBatch(s)
		for range rehead {
			add(big, "asia-east")
			add(big, 1)
			big.EndRow()
		}
		got := written(t, "table", Options{}, batch(s, line{"eu", 1}), nil, big)
		want := "\n source    | n\n-----------+---\n" + strings.Repeat(" asia-east | 1\n", rehead)
		if !strings.HasSuffix(got, want) {
			t.Errorf("got\n%s", got)
		}
	})
	t.Run("a single wide value widens only its line", func(t *testing.T) {
		more := row.NewBatch(s)
		for i := range 40 {
			add(more, "eu")
			if i == 7 {
				add(more, 1234567)
			} else {
				add(more, i%10)
			}
			more.EndRow()
		}
		got := written(t, "table", Options{}, batch(s, line{"eu", 1}), nil, more)
		if !strings.Contains(got, "\n eu     | 1234567\n eu     | 8\n") || strings.Count(got, "source") != 1 {
			t.Errorf("got\n%s", got)
		}
	})
	t.Run("blocks end without a Flush", func(t *testing.T) {
		var out strings.Builder
		w := format(t, "table").New(&out, Options{})
		b := row.NewBatch(s)
		for range row.MaxRows {
			add(b, strings.Repeat("wide", 64))
			add(b, 1)
			b.EndRow()
		}
		for range 4 {
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(out.String(), "wide"); n < blockRows {
			t.Errorf("%d rows out after %d", n, 4*row.MaxRows)
		}
	})
}

func TestFlushLetsRowsOut(t *testing.T) {
	for _, f := range Formats {
		if f.Binary { // these formats are read from their end, so they cannot be read before it
			continue
		}
		var out strings.Builder
		w := f.New(&out, Options{})
		if err := w.Write(batch(columns("a"), line{"here"})); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "here") {
			t.Errorf("%s holds back a row: %q", f.Name, out.String())
		}
	}
}
