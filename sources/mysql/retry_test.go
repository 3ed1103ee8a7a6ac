// The server's errors after which a retry may help.

package mysql_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// retries has the errors after which a retry may help: too many connections, and a deadlock
// in which this statement lost. After the others it cannot help: these are errors of login,
// syntax and permission, a KILL, the server's time limit, and a limit that may last for an
// hour.
var retries = map[uint16]driver.Retry{
	1040: driver.Crowded, 1203: driver.Crowded, 1213: driver.Soon,
	1045: driver.Never, 1064: driver.Never, 1142: driver.Never, 1317: driver.Never, 1969: driver.Never, 1226: driver.Never,
}

func TestTheServersNumbersDecideOnARetry(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		for number, want := range retries {
			t.Run(fmt.Sprint(number, " while connecting"), func(t *testing.T) {
				addr := testkit.Serve(t, func(client net.Conn) {
					says := binary.LittleEndian.AppendUint16([]byte("\x11\x00\x00\x00\xff"), number)
					_, _ = client.Write(append(says, "#08004so it is"...))
				})
				e := run(t, source(t, "mysql://u@"+addr+"/db"), driver.Request{SQL: "select 1"}).failure(t)
				if e.Code != fmt.Sprint(number) || e.Phase != driver.Auth || e.Retry != want {
					t.Errorf("got %s in %s, retry %d, want %d", e.Code, e.Phase, e.Retry, want)
				}
			})
			t.Run(fmt.Sprint(number, " of the statement"), func(t *testing.T) {
				fails := fmt.Sprint("fails", number)
				db.Exec(t, fmt.Sprintf("create function %s() returns int deterministic begin signal sqlstate '45000' set mysql_errno = %d; return 1; end", fails, number))
				if want == driver.Crowded { // the statement has run when this error comes
					want = driver.Soon
				}
				e := run(t, source(t, db.URL), driver.Request{SQL: "select " + fails + "()"}).failure(t)
				if e.Code != fmt.Sprint(number) || e.Retry != want {
					t.Errorf("got %s in %s (%v), retry %d, want %d", e.Code, e.Phase, e, e.Retry, want)
				}
			})
		}
	})
}
