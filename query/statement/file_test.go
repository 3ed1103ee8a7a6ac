// Files and their sections.

package statement

import (
	"errors"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

const sections = "\uFEFF-- orders by day\nselect 1\n-- fanql: MySQL, eu\nselect 2;\n\n--  fanql:sqlite \r\n-- note\r\nselect\n 3 +\n -- fanql: indented\n 'x\n"

func TestSectionsOfAFile(t *testing.T) {
	q, err := ParseFile(sections, dialects)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, source string
		dialect      *driver.Dialect
		want         string
	}{
		{"the text before the first section is the default", "us", Postgres, "-- orders by day\nselect 1"},
		{"a section for a dialect", "us", MySQL, "select 2"},
		{"a section for a source", "eu", Postgres, "select 2"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if asked, err := q.Bind(c.source, c.dialect, driver.Modes{}, nil); err != nil || asked.SQL != c.want {
				t.Errorf("got %q, %v; want %q", asked.SQL, err, c.want)
			}
		})
	}
	t.Run("faults are placed in the file", func(t *testing.T) {
		_, err := q.Bind("us", SQLite, driver.Modes{}, nil)
		var at *Error
		if !errors.As(err, &at) || at.Line != 11 || at.Column != 2 {
			t.Errorf("got %v; want line 11, column 2", err)
		}
	})
	t.Run("a word that names nothing is placed in the file", func(t *testing.T) {
		err := q.Check(map[string]*driver.Dialect{"en": Postgres}, nil)
		want := `variant "eu" is for neither a dialect nor a source: did you mean en? (line 3)`
		if err == nil || err.Error() != want {
			t.Errorf("got %v; want %s", err, want)
		}
	})
}

func TestFilesWithoutADefault(t *testing.T) {
	q, err := ParseFile("-- fanql: pg\nselect 1\n-- fanql: eu\nselect 2", dialects)
	if err != nil {
		t.Fatal(err)
	}
	if asked, err := q.Bind("us", Postgres, driver.Modes{}, nil); err != nil || asked.SQL != "select 1" {
		t.Errorf("got %q, %v", asked.SQL, err)
	}
	if asked, err := q.Bind("us", MySQL, driver.Modes{}, nil); err == nil {
		t.Errorf("a source without a text gets %q", asked.SQL)
	}
}

func TestFilesThatCannotBeSplit(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"two sections for one dialect", "-- fanql: pg\nselect 1\n-- fanql: eu, postgres\nselect 2", "line 3: postgres has a section already, on line 1"},
		{"the same name twice in a section", "-- fanql: eu, eu\nselect 1", "line 1: eu has a section already, on line 1"},
		{"a section without a name", "select 1\n-- fanql:\nselect 2", "line 2: a section names dialects or sources: -- fanql: mysql, eu"},
		{"an empty name", "-- fanql: mysql,\nselect 2", "line 1: a section names dialects or sources: -- fanql: mysql, eu"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if _, err := ParseFile(c.text, dialects); err == nil || err.Error() != c.want {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
}
