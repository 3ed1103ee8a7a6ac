// Loads whose connection to the target is cut.

package run_test

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/testdata/testdb"
)

// cutAfter returns the URL of a database behind a relay. The relay resets each connection after
// that number of bytes to the server, as a server that crashes does.
func cutAfter(t *testing.T, to string, bytes int64) string {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	server := u.Host
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			var dialer net.Dialer
			up, err := dialer.DialContext(t.Context(), "tcp", server)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() { _, _ = io.Copy(client, up) }() // the copy ends with the connections
			go func() {
				_, _ = io.CopyN(up, client, bytes)
				_ = client.(*net.TCPConn).SetLinger(0)
				_ = client.Close()
				_ = up.Close()
			}()
		}
	}()
	u.Host = l.Addr().String()
	return u.String()
}

// A reset by the target is not a reader that has seen enough. The load failed, and the exit status
// must show that.
func TestATargetThatResetsTheConnectionHasFailed(t *testing.T) {
	from := filepath.Join(t.TempDir(), "from.db")
	mustExec(t, openSQLite(t, from), "create table t as with recursive c(k) as (select 1000 union all select k + 1 from c where k < 300000) select k from c")
	for _, db := range []testdb.DB{testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)} {
		t.Run(db.Server, func(t *testing.T) {
			prepareOld(t, db)
			for _, m := range []load.Mode{load.Append, load.Replace} {
				v, text := loadOf(t, "sqlite:"+from, "select k from t", run.Load{To: cutAfter(t, db.URL, 400_000), Table: "old", Mode: m})
				if v.Exit() != 1 || v.ReaderLeft || strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "no answer: table old at ") {
					t.Errorf("%s: exit status %d:\n%s", m, v.Exit(), text)
				}
				onlyOld(t, db)
			}
		})
	}
}
