// CSV files, and files that are rejected since they are not CSV.

package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

func file(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "saved.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read returns the header and the rows. A NULL is NULL, and any other value is in angle
// brackets.
func read(ctx context.Context, path string, q driver.Request) (lines []string, warnings []string, _ error) {
	answer, err := (&CSV{path: path}).Run(ctx, q, new(driver.Progress), func(b *row.Batch) error {
		if lines == nil {
			var names []string
			for _, c := range b.Schema.Columns {
				names = append(names, c.Name)
			}
			lines = append(lines, strings.Join(names, "|"))
		}
		for i := range b.Rows() {
			var cells []string
			for _, c := range b.Row(i) {
				text := "NULL"
				if c.Kind != row.Null {
					text = "<" + string(b.AppendText(nil, c)) + ">"
				}
				cells = append(cells, text)
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
		b.Release()
		return nil
	})
	return lines, answer.Warnings, err
}

func TestWhatACSVFileHolds(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"NULL and the empty string":       {"a,b,c\n,\"\",x\n", []string{"a|b|c", "NULL|<>|<x>"}},
		"quotes, commas and line breaks":  {"a,b\n\"x \"\"y\"\",\",\"1\n2\r\n3\"\n", []string{"a|b", "<x \"y\",>|<1\n2\r\n3>"}},
		"a NULL in one column is a line":  {"a\n\n\"\"\nx\n", []string{"a", "NULL", "<>", "<x>"}},
		"no rows":                         {"a,b\n", []string{"a|b"}},
		"no line end at the end":          {"a,b\n1,2", []string{"a|b", "<1>|<2>"}},
		"no line end behind a quote":      {"a,b\n1,\"2\"", []string{"a|b", "<1>|<2>"}},
		"lines as Windows ends them":      {"a,b\r\n1,\"2\"\r\n,\r\n\"3\",4\r\n", []string{"a|b", "<1>|<2>", "NULL|NULL", "<3>|<4>"}},
		"a carriage return within a cell": {"a\nx\ry\n", []string{"a", "<x\ry>"}},
		"a byte order mark":               {"\ufeffa,b\n1,2\n", []string{"a|b", "<1>|<2>"}},
		"spaces stay":                     {"a,b\n 1 ,\" \"\n", []string{"a|b", "< 1 >|< >"}},
		"duplicate names":                 {"a,a,\n1,2,3\n", []string{"a|a|", "<1>|<2>|<3>"}},
		"a name in quotes":                {"\"a,b\"\n1\n", []string{"a,b", "<1>"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.text)
			if _, err := Open(path, separated.Style{}); err != nil {
				t.Fatal(err)
			}
			got, warnings, err := read(t.Context(), path, driver.Request{})
			if err != nil || !slices.Equal(got, c.want) || warnings != nil {
				t.Errorf("got %q, %v, %v, want %q", got, warnings, err, c.want)
			}
		})
	}
}

func TestFilesThatAreNotCSV(t *testing.T) {
	for name, c := range map[string]struct {
		text, open, run string
	}{
		"empty":                   {"", "the file is empty: its first line should name the columns", "the file is empty: its first line should name the columns"},
		"a database":              {"SQLite format 3\x00\x10", "not a CSV file: its first line holds bytes that are not text", ""},
		"text in another charset": {"n\xe4me\n1\n", "not a CSV file: its first line is not text in UTF-8", ""},
		"a broken header":         {"\"a\nb", "not a CSV file: line 1: the file ends within a field that began with a \"", ""},
		"too few fields":          {"a,b\n1,2\n3\n", "", "line 3: 1 field, where the first line has 2"},
		"too many fields":         {"a,b\n\"1\n\",2\n3,4,5\n", "", "line 4: 3 fields, where the first line has 2"},
		"an empty line":           {"a,b\n1,2\n\n", "", "line 3: 1 field, where the first line has 2"},
		"a quote in the middle":   {"a,b\n1,x\"y\"\n", "", `line 2: a " within a field that does not begin with one`},
		"text behind a quote":     {"a,b\n1,\"x\"y\n", "", `line 2: text behind the " that ends a field`},
		"a return behind a quote": {"a,b\n1,\"x\"\ry\n", "", `line 2: text behind the " that ends a field`},
		"an open quote":           {"a,b\n1,\"x\n\n", "", `line 2: the file ends within a field that began with a "`},
		"a long field":            {"a,b\n1,12345678901\n", "", "line 2: a field has more than 10 bytes"},
		"a long field in quotes":  {"a,b\n1,\"12345678901\"\n", "", "line 2: a field has more than 10 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.text)
			_, err := Open(path, separated.Style{})
			if fmt.Sprint(err) != c.open && (err != nil || c.open != "") {
				t.Errorf("Open gives %v", err)
			}
			if c.run == "" {
				return
			}
			_, _, err = read(t.Context(), path, driver.Request{MaxCell: 10})
			if fmt.Sprint(err) != c.run {
				t.Errorf("Run gives %v", err)
			}
			if _, ok := errors.AsType[*driver.Error](err); !ok {
				t.Errorf("%T is not an driver.Error", err)
			}
		})
	}
}

func TestPathsThatCannotBeRead(t *testing.T) {
	for path, want := range map[string]string{t.TempDir(): "is a folder: name a file", "/dev/null": "is not a regular file", filepath.Join(t.TempDir(), "x"): "no such file or directory"} {
		if _, err := Open(path, separated.Style{}); fmt.Sprint(err) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTextThatIsNotUTF8IsReported(t *testing.T) {
	got, warnings, err := read(t.Context(), file(t, "a\nn\xe4\n"), driver.Request{})
	if err != nil || len(warnings) != 1 || !slices.Equal(got, []string{"a", `<n\xe4>`}) {
		t.Errorf("%q, %q, %v", got, warnings, err)
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, _, err := read(ctx, file(t, "a\n"+strings.Repeat("1\n", 2*row.MaxRows)), driver.Request{}); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func FuzzRecords(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,\"x\"\"\n\"\n", "\ufeffa\r\n\"\"\r\n", "a\n\"", "\"\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := newRecords(bytes.NewReader(text), separated.Style{})
		if _, err := r.header(); err != nil {
			return
		}
		b := row.NewBatch(&row.Schema{})
		defer b.Release()
		for n := range len(text) + 2 {
			if r.next(b) != nil {
				return
			}
			if len(b.Cells) != (n+1)*r.width {
				t.Fatalf("%d cells of %d columns after %d rows", len(b.Cells), r.width, n+1)
			}
		}
		t.Fatal("it does not end")
	})
}
