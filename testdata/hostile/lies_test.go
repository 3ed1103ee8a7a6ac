package hostile_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/hostile"
	"github.com/fanql/fanql/testdata/testkit"
)

type source interface {
	Run(context.Context, driver.Request, *driver.Progress, row.Emit) (driver.Answer, error)
}

func openMySQL(t *testing.T, address string) source {
	t.Helper()
	s, err := mysql.New("test", "mysql://reader:secret@"+address+"/shop", nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openPostgres(t *testing.T, address string) source {
	t.Helper()
	s, err := postgres.New("test", "postgres://reader:secret@"+address+"/shop?sslmode=disable", nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The limits for a source whose request allows a value of 1 MiB. They include the bytes that follow
// a lie, and the memory for reading them.
const (
	value      = 1 << 20
	mostMemory = 24 << 20
	mostTime   = 5 * time.Second
)

// measured runs a query, and fails the test if the query takes too much time or memory. Allocations
// count even if they are freed.
func measured(t *testing.T, s source) (text string, _ error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Second, errors.New("timed out"))
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	_, err := s.Run(ctx, driver.Request{SQL: "select note", MaxCell: value, Grace: 20 * time.Millisecond}, new(driver.Progress), func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			for _, c := range b.Row(i) {
				text += string(b.AppendText(nil, c))
			}
		}
		return nil
	})
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > mostMemory {
		t.Errorf("%d MiB were allocated (%v)", n>>20, err)
	}
	if took > mostTime {
		t.Errorf("it took %v (%v)", took, err)
	}
	return text, err
}

func TestNoLieCostsMemoryOrTime(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(testing.TB, hostile.Lie) (string, func() []hostile.Field)
		open  func(*testing.T, string) source
		least int // the smallest number of fields
	}{
		{"MySQL", hostile.MySQL, openMySQL, 60},
		{"PostgreSQL", hostile.Postgres, openPostgres, 19},
	} {
		t.Run(c.name, func(t *testing.T) {
			address, seen := c.serve(t, hostile.Lie{})
			if text, err := measured(t, c.open(t, address)); text != "fine" || err != nil {
				t.Fatalf("the honest server: %q, %v", text, err)
			}
			fields := seen()
			if len(fields) < c.least {
				t.Errorf("only %d fields: %v", len(fields), fields)
			}
			for _, lie := range hostile.Lies(fields) {
				t.Run(lie.String(), func(t *testing.T) {
					address, _ := c.serve(t, lie)
					text, err := measured(t, c.open(t, address))
					if err == nil && text != "fine" && text != "" {
						t.Errorf("it gave %q", text)
					}
					if err != nil && len(err.Error()) > 16<<10 {
						t.Errorf("an error of %d bytes", len(err.Error()))
					}
				})
			}
		})
	}
}

// sendRepeatedly sends a text repeatedly, up to a number of bytes.
func sendRepeatedly(c net.Conn, text []byte, bytes int) {
	for sent := 0; sent < bytes; sent += len(text) {
		if _, err := c.Write(text); err != nil {
			return
		}
	}
}

func TestWhatComesBeforeTheLoginIsBounded(t *testing.T) {
	const much = 1 << 30
	ok := hostile.Message('R', "\x00\x00\x00\x00")
	for name, flood := range map[string][]byte{
		"parameters":                   hostile.Message('S', "name\x00"+strings.Repeat("x", 1000)+"\x00"),
		"notices":                      hostile.Message('N', "SNOTICE\x00VNOTICE\x00C00000\x00M"+strings.Repeat("x", 1000)+"\x00\x00"),
		"an authentication message":    append([]byte{'R', 0x40, 0, 0, 0, 0, 0, 0, 10}, strings.Repeat("x", 1000)...),
		"a notice":                     append([]byte{'N', 0x40, 0, 0, 0, 'M'}, strings.Repeat("x", 1000)...),
		"an error":                     append([]byte{'E', 0x40, 0, 0, 0, 'M'}, strings.Repeat("x", 1000)...),
		"a protocol to be agreed upon": append([]byte{'v', 0x40, 0, 0, 0}, strings.Repeat("x", 1000)...),
	} {
		t.Run("PostgreSQL, "+name, func(t *testing.T) {
			address := testkit.Serve(t, func(c net.Conn) {
				if hostile.ReadStartup(c) {
					if _, err := c.Write(ok); err == nil {
						sendRepeatedly(c, flood, much)
					}
				}
			})
			if _, err := measured(t, openPostgres(t, address)); err == nil || !strings.Contains(err.Error(), "65536 are the most") {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("MySQL", func(t *testing.T) {
		address := testkit.Serve(t, func(c net.Conn) { sendRepeatedly(c, []byte(strings.Repeat("\xff", 1<<16)), much) })
		if _, err := measured(t, openMySQL(t, address)); err == nil || !strings.Contains(err.Error(), "does not speak the MySQL protocol") {
			t.Errorf("got %v", err)
		}
	})
}

// mysqlAnswering returns a MySQL server that answers the execution of the statement by the
// function, and everything else as the honest server does.
func mysqlAnswering(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	honest, _ := hostile.MySQL(t, hostile.Lie{})
	return testkit.Serve(t, func(c net.Conn) {
		up, err := new(net.Dialer).DialContext(t.Context(), "tcp", honest)
		if err != nil {
			return
		}
		defer up.Close()
		go func() { _, _ = io.Copy(c, up) }()
		buf := make([]byte, 64<<10)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			if n > 4 && buf[3] == 0 && buf[4] == 0x17 {
				answer(c)
				return
			}
			if _, err := up.Write(buf[:n]); err != nil {
				return
			}
		}
	})
}

func TestARowWithoutAnEndIsRefused(t *testing.T) {
	definition := []byte("\x03def\x03def\x03def\x03def\x03def\x03def\x0c\x2d\x00\x00\x00\x00\x00\xfd\x00\x00\x00\x00\x00")
	address := mysqlAnswering(t, func(c net.Conn) {
		_, _ = c.Write(hostile.Packets(1, []byte{1}, definition, []byte{0xfe, 0, 0, 2, 0}))
		zeros := make([]byte, 1<<10)
		for number := range byte(128) {
			_, _ = c.Write([]byte{0xff, 0xff, 0xff, 4 + number})
			sendRepeatedly(c, zeros, 1<<24-1<<10)
			if _, err := c.Write(zeros[:1<<10-1]); err != nil {
				return
			}
		}
	})
	if _, err := measured(t, openMySQL(t, address)); err == nil || !strings.Contains(err.Error(), "a row is larger than the limit") {
		t.Errorf("got %v", err)
	}
}

func TestTooManyColumnsAreRefused(t *testing.T) {
	for _, count := range [][]byte{{0xfe, 0, 0, 0, 0x80, 0, 0, 0, 0}, {0xfc, 1, 0x10}, append([]byte{0xfe, 0, 0, 0, 0x80, 0, 0, 0, 0}, make([]byte, 300)...)} {
		address := mysqlAnswering(t, func(c net.Conn) { _, _ = c.Write(hostile.Packets(1, count)) })
		if _, err := measured(t, openMySQL(t, address)); err == nil || !strings.Contains(err.Error(), "columns, and 4096 are the most") {
			t.Errorf("%x: got %v", count, err)
		}
	}
}

// The text of an error is cut, and the error has its full length.
func TestALongErrorIsCut(t *testing.T) {
	address := mysqlAnswering(t, func(c net.Conn) {
		for number := range byte(25) { // 400 MB
			_, _ = c.Write([]byte{0xff, 0xff, 0xff, 1 + number})
			text := "\xff\x50\x04#HY000" + strings.Repeat("x", 1<<10-9)
			sendRepeatedly(c, []byte(text), 1<<24-1<<10)
			_, _ = c.Write([]byte(text[:1<<10-1]))
		}
	})
	_, err := measured(t, openMySQL(t, address))
	var said *driver.Error
	if !errors.As(err, &said) || said.Code != "1104" || !strings.Contains(err.Error(), "(more than 16777206 bytes in all)") || len(err.Error()) > 9<<10 {
		t.Errorf("got %.200v", err)
	}
	address = testkit.Serve(t, func(c net.Conn) {
		if hostile.ReadStartup(c) {
			sendRepeatedly(c, hostile.Message('R', "\x00\x00\x00\x00"), 1)
			sendRepeatedly(c, hostile.Message('Z', "I"), 1)
			const long = 40 << 20
			head := "SERROR\x00VERROR\x00CXX000\x00M"
			sendRepeatedly(c, append([]byte{'E', 0x02, 0x80, 0, byte(4 + len(head) + 2)}, head...), 1)
			sendRepeatedly(c, []byte(strings.Repeat("x", 1<<10)), long)
			sendRepeatedly(c, []byte{0, 0}, 1)
			sendRepeatedly(c, hostile.Message('Z', "I"), 1)
			_, _ = io.Copy(io.Discard, c)
		}
	})
	_, err = measured(t, openPostgres(t, address))
	if !errors.As(err, &said) || said.Code != "XX000" || !strings.Contains(err.Error(), "bytes in all)") || len(err.Error()) > 9<<10 {
		t.Errorf("got %.200v", err)
	}
}
