// --verify with a file that has lost rows.

package sqlite_test

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

// If the cell count in the header of a page is too low, rows are missing silently. Only a
// check of the whole file finds that.
func TestVerifyFindsLostRows(t *testing.T) {
	path := file(t, "create table o (id integer primary key, note text)",
		"with recursive n(i) as (select 1 union all select i+1 from n where i < 5000) insert into o select i, 'a note of some length' from n")
	count := func(verify bool) *result {
		return run(t.Context(), path, driver.Request{SQL: "select id from o", Verify: verify})
	}
	if r := count(true); r.err != nil || len(r.rows) != 5000 {
		t.Fatalf("the whole file: %d rows, %v", len(r.rows), r.err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page, leaf = 4096, 13
	at := 0
	for i := page; i < len(text); i += page {
		if text[i] == leaf && binary.BigEndian.Uint16(text[i+3:]) > 20 {
			at = i
		}
	}
	cells := binary.BigEndian.Uint16(text[at+3:])
	binary.BigEndian.PutUint16(text[at+3:], cells-10)
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	if r := count(false); r.err != nil || len(r.rows) != 4990 {
		t.Errorf("without --verify: %d rows, %v: SQLite now finds the loss", len(r.rows), r.err)
	}
	r := count(true)
	r.fails(t, driver.Query, "SQLITE_CORRUPT", "the database is damaged: ")
}
