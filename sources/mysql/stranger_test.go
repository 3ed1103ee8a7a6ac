// A KILL must never hit another client's statement.

package mysql_test

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// The statement's connection gets a greeting with the thread id of another client. That may
// happen behind a proxy that shares connections. The second connection, which inspects the
// process list, gets the true greeting and finds that thread.
func TestAStrangerOfTheSameThreadIDIsNotKilled(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		conn, err := db.SQL.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var id uint32
		if err := conn.QueryRowContext(t.Context(), "select connection_id()").Scan(&id); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			var n int
			_ = conn.QueryRowContext(t.Context(), "select sleep(60)").Scan(&n) // ended by the test's own KILL QUERY
		}()
		sleeps := func() bool {
			return db.Count(t, "select count(*) from information_schema.processlist where id = ? and state = 'User sleep'", id) == 1
		}
		testkit.Eventually(t, closeTimeout, "the stranger's statement runs", sleeps)
		var greetings atomic.Int64
		swap := func(greeting []byte) {
			if greetings.Add(1) > 1 {
				return
			}
			for i, b := range greeting[5:] {
				if b == 0 { // the version ends here, and the thread id follows
					binary.LittleEndian.PutUint32(greeting[5+i+1:], id)
					return
				}
			}
		}
		r := throughProxy(t, db, swap, "select sleep(0.5)")
		if n := greetings.Load(); n != 2 {
			t.Errorf("%d connections were opened, want the statement's and the one that inspects", n)
		}
		if r.answer.Cancel != driver.Unknown {
			t.Errorf("cancel is %q", r.answer.Cancel)
		}
		if !sleeps() {
			t.Error("the stranger's statement has ended")
		}
		db.Exec(t, fmt.Sprintf("kill query %d", id))
		<-ended
		if err := conn.Close(); err != nil {
			t.Errorf("the stranger's connection: %v", err)
		}
		wantOnlyConnection(t, db)
	})
}
