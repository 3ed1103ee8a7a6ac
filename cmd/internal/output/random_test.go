// Properties that hold for any data: nothing is lost, changed or misread.

package output

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// nasty generates values from characters that are special in some format.
var nasty = rapid.Custom(func(t *rapid.T) string {
	pieces := rapid.SampledFrom([]string{
		"a", "word", "0", "-1", " ", ",", `"`, "'", "\n", "\r", "\t", `\`, `\.`, `\N`, `\x41`, "NULL", "null", "|", "<", "*",
		"\x00", "\x1b[31m", "\x7f", "\u0085", "\u009b2J", "\u200e", "\u2028", "\u202e", "\u2066", "é", "e\u0301", "東京", "👩\u200d👧", "a longer run of plain text, then",
	})
	return strings.Join(rapid.SliceOfN(pieces, 0, 4).Draw(t, "pieces"), "")
})

func value(t *rapid.T) any {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Int().Draw(t, "int")
	case 2:
		return rapid.Float64().Draw(t, "float")
	case 3:
		return rapid.Bool().Draw(t, "bool")
	case 4:
		return decimal(rapid.SampledFrom([]string{"1.50", "-0.0", "NaN", "1E+5", ".5", "99999999999999999999.9", "Infinity"}).Draw(t, "decimal"))
	case 5:
		return jsonDoc(rapid.SampledFrom([]string{`{"a":1}`, "[1,\n2]", `"x` + "\u202e" + `"`, "{", "null", ""}).Draw(t, "json"))
	case 6:
		return rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "bytes")
	default:
		return nasty.Draw(t, "text")
	}
}

// rows generates a table of up to 3 columns and 6 rows.
func rows(t *rapid.T, names ...string) *row.Batch {
	s := new(row.Schema)
	for _, n := range names {
		s.Columns = append(s.Columns, row.Column{Name: n, Type: row.Any})
	}
	b := row.NewBatch(s)
	for range rapid.IntRange(0, 6).Draw(t, "rows") {
		for range names {
			add(b, value(t))
		}
		b.EndRow()
	}
	return b
}

// texts returns the canonical texts of a batch, with null for NULL.
func texts(b *row.Batch, null string) [][]string {
	out := make([][]string, b.Rows())
	for i := range out {
		for _, c := range b.Row(i) {
			if c.Kind == row.Null {
				out[i] = append(out[i], null)
			} else {
				out[i] = append(out[i], string(b.AppendText(nil, c)))
			}
		}
	}
	return out
}

func equal(t *rapid.T, got, want [][]string) {
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		for j := range want[i] {
			if got[i][j] != want[i][j] {
				t.Fatalf("row %d, column %d: %q, want %q", i, j, got[i][j], want[i][j])
			}
		}
	}
}

func TestCSVReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := nasty.Draw(t, "name")
		b := rows(t, name, "b")
		out := encoded(t, "csv", Options{}, b)
		// encoding/csv reads \r\n as one line break, also within quotes.
		r := csv.NewReader(bytes.NewReader(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\r\r\n"))))
		got, err := r.ReadAll()
		if err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		equal(t, got, append([][]string{{name, "b"}}, texts(b, "")...))
	})
}

// NULL and values can be distinguished, whatever text represents NULL. The test checks the raw
// line, since encoding/csv does not distinguish quoted fields from others.
func TestNoValueLooksLikeNull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"csv", "tsv"}).Draw(t, "format")
		null := rapid.SampledFrom([]string{"", "NULL", "null", "0", "NaN", "true", `\x00`, " ", "word", `\N`}).Draw(t, "null")
		f, _ := Formats.ByName(name)
		if f.CheckNull(null, separated.Style{}) != nil || name == "tsv" && null == "" {
			t.Skip()
		}
		v := value(t)
		b := batch(columns("a:any"), line{v})
		got := string(encoded(t, name, Options{Null: null, NullSet: true, NoHeader: true}, b))
		if (got == null+"\n") != (v == nil) {
			t.Fatalf("%#v is written as %q, and NULL as %q", v, got, null)
		}
	})
}

func TestTSVReadsBack(t *testing.T) {
	unescape := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r", `\N`, "<null>")
	rapid.Check(t, func(t *rapid.T) {
		name := nasty.Draw(t, "name")
		b := rows(t, name, "b")
		var got [][]string
		for l := range strings.Lines(string(encoded(t, "tsv", Options{}, b))) {
			fields := strings.Split(strings.TrimSuffix(l, "\n"), "\t")
			for i := range fields {
				fields[i] = unescape.Replace(fields[i])
			}
			got = append(got, fields)
		}
		equal(t, got, append([][]string{{name, "b"}}, texts(b, "<null>")...))
	})
}

func TestJSONReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rows(t, "a", "b")
		var got []map[string]json.RawMessage
		if err := json.Unmarshal(encoded(t, "json", Options{}, b), &got); err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(encoded(t, "jsonl", Options{}, b), []byte("\n"))
		if len(got) != b.Rows() || len(lines) != b.Rows()+1 {
			t.Fatalf("%d objects, %d lines, want %d", len(got), len(lines)-1, b.Rows())
		}
		for i := range got {
			if !json.Valid(lines[i]) {
				t.Fatalf("line %q", lines[i])
			}
			for j, key := range []string{"a", "b"} {
				checkJSON(t, b, b.Row(i)[j], got[i][key])
			}
		}
	})
}

// checkJSON compares a cell with what encoding/json reads.
func checkJSON(t *rapid.T, b *row.Batch, c row.Cell, raw json.RawMessage) {
	want := string(b.AppendText(nil, c))
	var text string
	switch {
	case c.Kind == row.Null:
		want = "null"
		text = string(raw)
	case c.Kind == row.JSON && json.Valid([]byte(want)):
		var left, right any
		if json.Unmarshal([]byte(want), &left) != nil || json.Unmarshal(raw, &right) != nil {
			t.Fatalf("%q became %q", want, raw)
		}
		l, _ := json.Marshal(left)
		r, _ := json.Marshal(right)
		want, text = string(l), string(r)
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			t.Fatal(err)
		}
	default:
		text = string(raw)
	}
	if text != want {
		t.Fatalf("%q became %q", want, raw)
	}
}

// encoded returns a header, the rows of a batch and a footer.
func encoded(t *rapid.T, name string, o Options, b *row.Batch) []byte {
	f, _ := Formats.ByName(name)
	e, ok := f.Encoder(o)
	if !ok {
		t.Fatalf("%s has no encoder", name)
	}
	return e.Footer(e.Rows(e.Header(nil, b.Schema), b, true), b.Rows() > 0)
}

// Rows that are encoded separately and then joined are equal to the output of the writer.
func TestJoinedRowsAreThoseOfTheWriter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(encodable()).Draw(t, "format")
		o := Options{NoHeader: rapid.Bool().Draw(t, "no header")}
		e, _ := f.Encoder(o)
		schema := columns("a:any", "b:any")
		shown := schema
		var got, want bytes.Buffer
		w, joined := f.New(&want, o), f.Joined(&got, o, func() *row.Schema { return shown })
		encoded := columns("row:bytes")
		encoded.Form = row.Encoded
		n := rapid.IntRange(0, 4).Draw(t, "batches")
		if n == 0 {
			shown = nil
		}
		for range n {
			b := rows(t, "a", "b")
			b.Schema = schema
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
			j := row.NewBatch(encoded)
			var one row.Batch
			for i := range b.Rows() {
				b.Single(i, &one)
				j.Build(row.Bytes, func(dst []byte) []byte { return e.Rows(dst, &one, true) })
				j.EndRow()
			}
			if err := joined.Write(j); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), joined.Close()); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"encoded rows among values": f.New(&bytes.Buffer{}, o).Write(row.NewBatch(encoded)),
			"values among encoded rows": f.Joined(&bytes.Buffer{}, o, func() *row.Schema { return schema }).Write(row.NewBatch(schema)),
		} {
			if err == nil {
				t.Errorf("%s: %s are taken", f.Name, name)
			}
		}
		if got.String() != want.String() {
			t.Fatalf("%s\n%s\nwant\n%s", f.Name, &got, &want)
		}
	})
}

func TestAWriterIsItsEncoderJoined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(Formats).Draw(t, "format")
		e, ok := f.Encoder(Options{})
		if !ok {
			t.Skip("no encoder")
		}
		schema := columns("a:any", "b:any")
		var out bytes.Buffer
		w := f.New(&out, Options{})
		want := e.Header(nil, schema)
		some := false
		for range rapid.IntRange(1, 5).Draw(t, "batches") {
			b := rows(t, "a", "b")
			if rapid.Bool().Draw(t, "same schema") {
				b.Schema = schema
			}
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
			run := e.Rows(nil, b, true)
			if some && len(run) > 0 {
				want = append(want, e.Separator()...)
			}
			some = some || len(run) > 0
			want = append(want, run...)
		}
		want = e.Footer(want, some)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != string(want) {
			t.Fatalf("writer %q\nencoder %q", out.String(), want)
		}
	})
}

func TestNothingSteersATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(ofText()).Draw(t, "format") // no other formats are written to a terminal
		b := rows(t, nasty.Draw(t, "name")+"\x9b", nasty.Draw(t, "name"))
		var out bytes.Buffer
		w := f.New(&out, Options{Terminal: true, Width: rapid.SampledFrom([]int{0, 9, 40}).Draw(t, "width"), Null: "\x1b", NullSet: true})
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		text := strings.ToValidUTF8(out.String(), "\u009b")
		for i, r := range text {
			tab := r == '\t' && f.Fixed
			if steers([]byte(text), i, r, utf8.RuneLen(r)) && r != '\n' && !tab {
				t.Fatalf("%s lets %q through: %q", f.Name, r, out.String())
			}
		}
		clean := Sanitize(out.String())
		for i, r := range clean {
			if steers([]byte(clean), i, r, utf8.RuneLen(r)) {
				t.Fatalf("Sanitize lets %q through", r)
			}
		}
	})
}

func TestTheFastScansAgreeWithThePlainOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := []byte(strings.Join(rapid.SliceOfN(nasty, 0, 6).Draw(t, "text"), ""))
		n := newNeedles(',', '"', '\n', '\r')
		if got, want := n.in(v), bytes.ContainsAny(v, ",\"\n\r"); got != want {
			t.Fatalf("needles in %q: %v", v, got)
		}
		plain := !bytes.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r >= 0x7f || r == '"' || r == '\\' })
		if got := plainJSON(v); got != plain {
			t.Fatalf("plain JSON %q: %v", v, got)
		}
	})
	for ch := range 256 { // each byte at each position of a word
		for i := range 17 {
			v := bytes.Repeat([]byte("x"), 17)
			v[i] = byte(ch)
			if got, want := newNeedles('\t', '\\', '\n', '\r').in(v), strings.IndexByte("\t\\\n\r", byte(ch)) >= 0; got != want {
				t.Fatalf("needles: %#x at %d: %v", ch, i, got)
			}
			if got, want := plainJSON(v), ch >= 0x20 && ch < 0x7f && ch != '"' && ch != '\\'; got != want {
				t.Fatalf("plain JSON: %#x at %d: %v", ch, i, got)
			}
		}
	}
}

// Numbers, NULL and names of sources are never cut. A row is not longer than the screen if the
// screen has room for them, for eight characters of each text, and for a date.
func TestATableFitsAndKeepsWhatIsUselessInPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "columns")
		var specs []string
		for range n {
			specs = append(specs, rapid.SampledFrom([]string{"a", "a_very_long_name", "n:integer", "a_long_number:integer", "at:timestamp"}).Draw(t, "column"))
		}
		s := columns(specs...)
		b := row.NewBatch(s)
		need := make([]int, n)
		var whole []string
		for range rapid.IntRange(1, 3).Draw(t, "rows") {
			for i, c := range s.Columns {
				need[i] = max(need[i], map[row.Kind]int{row.Text: 8, row.Int: 4, row.Timestamp: len("2026-01-31…")}[c.Type])
				if c.Name == "a" {
					need[i] = len("the quick brown fox")
				}
				switch {
				case rapid.IntRange(0, 4).Draw(t, "null") == 0:
					b.Null()
					whole = append(whole, "NULL")
				case c.Type == row.Int:
					v := rapid.Int64().Draw(t, "number")
					b.Int(v)
					whole = append(whole, strconv.FormatInt(v, 10))
					need[i] = max(need[i], len(whole[len(whole)-1]))
				case c.Name == "a":
					b.TextString("the quick brown fox")
					whole = append(whole, "the quick brown fox")
				case c.Type == row.Timestamp:
					b.TimestampText([]byte("2026-01-31 08:30:00.123456"), false)
				default:
					text := rapid.SampledFrom([]string{"", "x", "東京都庁舎", "the quick brown fox", "2026-01-31 08:30:00"}).Draw(t, "text")
					b.TextString(text)
					if strings.HasPrefix(text, "2026-01-31") { // as a timestamp
						need[i] = max(need[i], len("2026-01-31…"))
					}
				}
			}
			b.EndRow()
		}
		width := max(4*n-1, 8) + rapid.IntRange(0, 120).Draw(t, "more")
		style := rapid.SampledFrom(TableStyles).Draw(t, "style")
		least := style.around(n)
		for _, w := range need {
			least += w
		}
		var out bytes.Buffer
		w := Formats[0].New(&out, Options{Terminal: true, Width: width, Table: style.Name, Reserve: map[string]int{"a": 12}})
		if err := errors.Join(w.Write(b), w.Close()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if got := uniseg.StringWidth(strings.TrimRight(line, "\n")); got > width && least <= width {
				t.Fatalf("a line has %d columns on a screen of %d: %q", got, width, line)
			}
		}
		for _, value := range whole {
			if !strings.Contains(out.String(), value) {
				t.Fatalf("no %s in\n%s", value, out.String())
			}
		}
	})
}
