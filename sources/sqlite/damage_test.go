// Damaged files, and files that change while they are queried.

package sqlite_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

// page is the size of a page in the file of paged, in bytes.
const page = 512

// byTable and byIndex read the same values in the same order, from different pages.
const (
	byTable = "select id, v from t order by id"
	byIndex = "select v from t order by v"
)

// paged creates a database of some dozen pages: a table of two levels, an index, and free
// pages. The last row has a long value on pages of its own. answers are the results of
// byTable and byIndex.
func paged(t *testing.T) (content []byte, answers [2][][]string) {
	t.Helper()
	path := file(t, fmt.Sprintf("pragma page_size = %d", page),
		"create table t(id integer primary key, v)",
		"insert into t with recursive c(i) as (select 1 union all select i+1 from c where i < 300) select i, 'value number ' || i from c",
		"insert into t values (1000, printf('%.2000c', 'x'))",
		"create index t_v on t(v)",
		"create table gone(v)", "insert into gone select v from t", "drop table gone")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, sql := range []string{byTable, byIndex} {
		answers[i] = query(t, path, sql).rows
	}
	return content, answers
}

const anotherPage = "a copy of another page"

// damages are the ways in which a page is damaged.
var damages = []struct {
	name string
	do   func(p, content []byte)
}{
	{"zeros", func(p, _ []byte) { clear(p) }},
	{"ones", func(p, _ []byte) { copy(p, bytes.Repeat([]byte{0xff}, len(p))) }},
	{"noise", func(p, _ []byte) {
		for i := range p {
			p[i] = byte(i*i*31 + i*7)
		}
	}},
	{"the second half lost", func(p, _ []byte) { clear(p[len(p)/2:]) }},
	{anotherPage, func(p, content []byte) { copy(p, content[len(content)/2/page*page:]) }},
	{"fewer cells", func(p, _ []byte) {
		binary.BigEndian.PutUint16(p[3:], binary.BigEndian.Uint16(p[3:])/2)
	}},
	{"a torn write", func(p, _ []byte) { copy(p[len(p)/2:], p[:len(p)/2]) }},
}

// Without --verify, SQLite misses some damage. With it, SQLite misses only two kinds. Since
// it has no checksums, the pages in the middle of a long value may have any content. Since
// quick_check does not compare an index with its table, it accepts an index page that is a
// valid copy of another.
func TestADamagedPageIsFoundByVerify(t *testing.T) {
	content, want := paged(t)
	missed := 0
	for _, d := range damages {
		for at := 0; at < len(content); at += page {
			hurt := slices.Clone(content)
			d.do(hurt[at:at+page], content)
			path := filepath.Join(t.TempDir(), "hurt.db")
			if err := os.WriteFile(path, hurt, 0o600); err != nil {
				t.Fatal(err)
			}
			for i, sql := range []string{byTable, byIndex} {
				if r := run(t.Context(), path, driver.Request{SQL: sql}); r.err == nil && !reflect.DeepEqual(r.rows, want[i]) {
					missed++
				}
				r := run(t.Context(), path, driver.Request{SQL: sql, Verify: true})
				if r.err != nil {
					if _, ok := errors.AsType[*driver.Error](r.err); !ok || strings.Contains(r.err.Error(), "\n") {
						t.Errorf("%s in page %d: %v", d.name, at/page+1, r.err)
					}
					continue
				}
				if sql == byIndex && d.name == anotherPage {
					continue
				}
				long := len(want[i]) - 1
				if len(r.rows) != len(want[i]) || !reflect.DeepEqual(r.rows[:long], want[i][:long]) {
					t.Errorf("%s in page %d: ok with wrong rows, query %s", d.name, at/page+1, sql)
				}
			}
		}
	}
	if missed == 0 {
		t.Error("without --verify no damage was missed: the damage is too mild, or SQLite now finds it")
	}
}

func TestACutFileIsNeverOKWithWrongRows(t *testing.T) {
	content, want := paged(t)
	s := sqlite.New("cut", filepath.Join(t.TempDir(), "cut.db"))
	for _, test := range []struct {
		name    string
		before  bool
		request driver.Request
	}{
		{"before it is opened", true, driver.Request{}},
		{"while it is read, after the first row", false, driver.Request{Eager: true}},
		{"while it is read, after the first batch", false, driver.Request{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			failed := 0
			for at := 0; at < len(content); at += 128 {
				if err := os.WriteFile(s.Place(), content, 0o600); err != nil {
					t.Fatal(err)
				}
				cut := func() {
					if err := os.Truncate(s.Place(), int64(at)); err != nil {
						t.Fatal(err)
					}
				}
				if test.before {
					cut()
				}
				for i, sql := range []string{byTable, byIndex} {
					r, q := new(result), test.request
					q.SQL = sql
					_, err := s.Run(t.Context(), q, new(driver.Progress), func(b *row.Batch) error {
						if !test.before && r.batches == 0 {
							cut()
						}
						return r.keep(b)
					})
					if err != nil {
						failed++
					} else if !reflect.DeepEqual(r.rows, want[i]) {
						t.Errorf("cut to %d bytes: ok with wrong rows, query %s", at, sql)
					}
				}
			}
			if failed == 0 {
				t.Error("no cut was noticed")
			}
		})
	}
	t.Run("the report", func(t *testing.T) {
		if err := os.WriteFile(s.Place(), content[:len(content)-100], 0o600); err != nil {
			t.Fatal(err)
		}
		run(t.Context(), s.Place(), driver.Request{SQL: byTable}).
			fails(t, driver.Verify, "SQLITE_CORRUPT", fmt.Sprintf("its file was cut, to %d bytes of %d", len(content)-100, len(content)))
	})
}

// Files that look cut, but are complete.
func TestAFileThatOnlyLooksCutIsRead(t *testing.T) {
	t.Run("replaced by a shorter one while it is read", func(t *testing.T) {
		content, want := paged(t)
		path := filepath.Join(t.TempDir(), "test.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		shorter := file(t, "create table other(v)")
		r := new(result)
		_, err := sqlite.New("test", path).Run(t.Context(), driver.Request{SQL: byTable}, new(driver.Progress), func(b *row.Batch) error {
			if r.batches == 0 {
				if err := os.Rename(shorter, path); err != nil {
					t.Error(err)
				}
			}
			return r.keep(b)
		})
		if err != nil || !reflect.DeepEqual(r.rows, want[0]) {
			t.Errorf("%d rows, %v, want those of the file that was opened", len(r.rows), err)
		}
	})
	t.Run("with its last pages in the -wal file, behind a symbolic link", func(t *testing.T) {
		path := file(t, "pragma journal_mode = wal", "create table t(v)")
		db, conn := writer(t, path)
		exec(t, conn, "pragma wal_autocheckpoint = 0")
		exec(t, conn, "insert into t "+count+"select i from c")
		link := filepath.Join(t.TempDir(), "link.db")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		query(t, link, "select count(*) from t").want(t, "integer 2000")
		if err := errors.Join(conn.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
}
