// Batches for the tests, built from Go values.

package output

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

type (
	decimal string // a decimal, as its exact text
	jsonDoc string
	day     string
	instant string
	stamp   string
	clock   string
)

// columns returns a schema. Each spec is a name with its kind, such as "id:integer", or
// only a name for text.
func columns(specs ...string) *row.Schema {
	s := new(row.Schema)
	for _, spec := range specs {
		name, kind, _ := strings.Cut(spec, ":")
		c := row.Column{Name: name, Type: row.Text}
		for k := row.Null; k <= row.Any; k++ {
			if k.String() == kind {
				c.Type = k
			}
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}

type line []any

// batch returns a batch with these rows; nil is NULL.
func batch(s *row.Schema, lines ...line) *row.Batch {
	b := row.NewBatch(s)
	for _, l := range lines {
		if len(l) != s.Width() {
			panic(fmt.Sprintf("%d values for %d columns", len(l), s.Width()))
		}
		for _, v := range l {
			add(b, v)
		}
		b.EndRow()
	}
	return b
}

func add(b *row.Batch, v any) {
	switch v := v.(type) {
	case nil:
		b.Null()
	case bool:
		b.Bool(v)
	case int:
		b.Int(int64(v))
	case uint64:
		b.Uint(v)
	case float64:
		b.Float(v)
	case float32:
		b.Float32(v)
	case string:
		b.TextString(v)
	case []byte:
		b.Blob(v)
	case decimal:
		b.Decimal([]byte(v))
	case jsonDoc:
		b.JSON([]byte(v))
	case day:
		b.DateText([]byte(v))
	case stamp:
		b.TimestampText([]byte(v), false)
	case instant:
		b.TimestampText([]byte(v), true)
	case clock:
		b.Exact(row.Time, []byte(v))
	default:
		panic(fmt.Sprintf("no kind for %T", v))
	}
}

func format(t testing.TB, name string) Format {
	t.Helper()
	f, ok := Formats.ByName(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	return f
}

// written returns what the format writes for the batches; a nil batch calls Flush.
func written(t testing.TB, name string, o Options, batches ...*row.Batch) string {
	t.Helper()
	var out bytes.Buffer
	w := format(t, name).New(&out, o)
	for _, b := range batches {
		var err error
		if b == nil {
			err = w.Flush()
		} else {
			err = w.Write(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func same(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s\n(got %q)", got, want, got)
	}
}
