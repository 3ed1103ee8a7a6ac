// An eager request gets each row as soon as the server has sent it, but not in batches of
// one.

package postgres

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
)

// answerBytes returns all bytes that the server sends for a request.
func answerBytes(t *testing.T, db testdb.DB, q driver.Request) []byte {
	t.Helper()
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var seen bytes.Buffer
	done := make(chan struct{})
	target := u.Host
	go func() {
		defer close(done)
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := new(net.Dialer).DialContext(t.Context(), "tcp", target)
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(server, client)
			server.Close()
		}()
		_, _ = io.Copy(io.MultiWriter(client, &seen), server)
	}()
	u.Host, u.RawQuery = l.Addr().String(), "sslmode=disable"
	if o := runOn(t.Context(), open(t, u.String()), q); o.err != nil {
		t.Fatal(o.err)
	}
	<-done
	return seen.Bytes()
}

// dataRows returns how many complete rows of the result are in the first bytes of an
// answer. It leaves out the answer's first row, which belongs to the session's settings.
func dataRows(answer []byte, first int64) (rows int64) {
	for at := int64(0); at+5 <= int64(len(answer)); {
		end := at + 1 + int64(binary.BigEndian.Uint32(answer[at+1:]))
		if end > first {
			break
		}
		if answer[at] == 'D' {
			rows++
		}
		at = end
	}
	return max(rows-1, 0)
}

func TestAnEagerRequestHasEachRowThatIsThere(t *testing.T) {
	db := testdb.Postgres(t)
	q := request("select n, repeat('x', n * 37 % 1000) from generate_series(1, 200) n")
	q.Eager = true
	answer := answerBytes(t, db, q)
	all := int64(len(answer))
	rows := all - 100_000                                       // approximately where the first row begins
	end := int64(bytes.LastIndex(answer, []byte("SELECT 200"))) // a byte within the message that ends the rows
	cuts := []int64{all, all - 1, end, end - 1}
	for range 30 {
		cuts = append(cuts, rows+rand.Int64N(all-rows))
	}
	for _, after := range cuts {
		eagerly(t, db, q, after, dataRows(answer, after), after > end)
	}
}

// eagerly runs a request over a line that holds back the answer after the given number of
// bytes. By then want rows must have arrived. If the bytes contain the end of the rows,
// more may have arrived.
func eagerly(t *testing.T, db testdb.DB, q driver.Request, after, want int64, ended bool) {
	t.Helper()
	g := gate{holdAfter: after, held: make(chan struct{}), goOn: make(chan struct{})}
	g.open(t, db.URL)
	goOn := sync.OnceFunc(func() { close(g.goOn) })
	defer goOn()
	var rows atomic.Int64
	done := make(chan error, 1)
	go func() {
		_, err := open(t, g.url).Run(t.Context(), q, new(driver.Progress), func(b *row.Batch) error {
			rows.Add(int64(b.Rows()))
			b.Release()
			return nil
		})
		done <- err
	}()
	select {
	case <-g.held:
	case err := <-done:
		t.Fatalf("it ended without %d bytes: %v", after, err)
	}
	for begun := time.Now(); !ended && rows.Load() != want; {
		if time.Since(begun) > mostWait {
			t.Errorf("after %d bytes %d rows are there, want %d", after, rows.Load(), want)
			break
		}
		<-time.After(time.Millisecond)
	}
	goOn()
	if err := <-done; err != nil || rows.Load() != 200 {
		t.Errorf("after %d bytes: %v, %d rows", after, err, rows.Load())
	}
}

func TestAnEagerRequestHasManyRowsAtATime(t *testing.T) {
	db := testdb.Postgres(t)
	q := request("select n from generate_series(1, 200000) n")
	q.Eager = true
	o := runOn(t.Context(), open(t, db.URL), q)
	if o.err != nil || len(o.rows) != 200000 || o.batches > 200000/20 {
		t.Errorf("%d rows in %d batches, %v", len(o.rows), o.batches, o.err)
	}
}

// If emit returns an error, the run ends even while the driver waits for the server.
func TestAnEagerRequestIsRefusedWhileItWaits(t *testing.T) {
	db := testdb.Postgres(t)
	q := request("select n, repeat('x', 9000), case when n = 3 then pg_sleep(60)::text end from generate_series(1, 10) n")
	q.Eager = true
	begun := time.Now()
	_, err := open(t, db.URL).Run(t.Context(), q, new(driver.Progress), func(b *row.Batch) error {
		b.Release()
		return errStop
	})
	if err != errStop { //nolint:errorlint // the same error, not wrapped
		t.Errorf("got %v, want emit's own error", err)
	}
	if took := time.Since(begun); took > soon {
		t.Errorf("it took %v", took)
	}
	if n := countSurvivors(t, db); n != 0 {
		t.Errorf("%d queries survive", n)
	}
	awaitNoConnections(t, db)
}
