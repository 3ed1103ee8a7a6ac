// The cost of a row: no allocation, and a few nanoseconds for each byte.

package output

import (
	"io"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

// ordersBatch returns a full batch with the columns of the benchmark of exports.
func ordersBatch() *row.Batch {
	s := columns("id:integer", "placed_at:timestamp", "customer_id:integer", "region", "amount:decimal", "note", "paid:boolean", "score:float")
	b := row.NewBatch(s)
	notes := []any{"plain words of some length", "with, a comma", `and "quotes"`, "two\nlines", nil, "", "ünïcode", "short"}
	regions := []string{"eu-west", "us-east", "asia-northeast"}
	for i := range row.MaxRows {
		b.Int(int64(1_000_000 + i))
		b.Timestamp(1767225600000000+int64(i)*61_123_000, false)
		b.Int(int64(i * 7919 % 100_000))
		b.TextString(regions[i%3])
		b.Decimal([]byte("1234.50"))
		add(b, notes[i%len(notes)])
		b.Bool(i%2 == 0)
		if i%5 == 0 {
			b.Null()
		} else {
			b.Float(float64(i) / 7)
		}
		b.EndRow()
	}
	return b
}

func TestARowCostsNoAllocation(t *testing.T) {
	for _, f := range encodable() {
		b := ordersBatch()
		w := f.New(io.Discard, Options{})
		write := func() {
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			write() // the first write grows the buffer
		}
		if n := testing.AllocsPerRun(100, write); n != 0 {
			t.Errorf("%s: %v allocations for %d rows", f.Name, n, b.Rows())
		}
	}
}

func TestAHugeValueDoesNotStayInMemory(t *testing.T) {
	if huge := recycle(make([]byte, 0, 32*bufferSize)); cap(huge) > 0 {
		t.Errorf("a buffer of %d bytes stays in memory", cap(huge))
	}
	for _, text := range []string{strings.Repeat("x", 1<<20), strings.Repeat("é", 1<<20)} {
		if shown, width := appendShown(nil, []byte(text), 80); len(shown) > 200 || width <= 80 {
			t.Errorf("%d bytes, a line of %d columns, stay in memory for a screen of 80", len(shown), width)
		}
	}
}

func benchmark(b *testing.B, name string) {
	f, _ := Formats.ByName(name)
	rows := ordersBatch()
	counter := &count{}
	w := f.New(counter, Options{})
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(rows); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(counter.n / int64(b.N))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows.Rows()), "ns/row")
}

type count struct{ n int64 }

func (c *count) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func BenchmarkCSV(b *testing.B)      { benchmark(b, "csv") }
func BenchmarkTSV(b *testing.B)      { benchmark(b, "tsv") }
func BenchmarkJSONL(b *testing.B)    { benchmark(b, "jsonl") }
func BenchmarkMarkdown(b *testing.B) { benchmark(b, "markdown") }
func BenchmarkTable(b *testing.B)    { benchmark(b, "table") }
func BenchmarkVertical(b *testing.B) { benchmark(b, "vertical") }

// The comment on needles.in quotes the results.
func BenchmarkNeedles(b *testing.B) {
	n := newNeedles(',', '"', '\n', '\r')
	is := [256]bool{',': true, '"': true, '\n': true, '\r': true}
	text := []byte("plain words of some text")
	b.Run("words", func(b *testing.B) {
		for b.Loop() {
			n.in(text)
		}
	})
	b.Run("bytes", func(b *testing.B) {
		for b.Loop() {
			for _, ch := range text {
				if is[ch] {
					b.Fatal("found")
				}
			}
		}
	})
}
