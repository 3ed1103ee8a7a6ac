// A gate: a proxy before the real server that imitates poolers, stricter servers and
// bad networks.

package postgres

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

type gate struct {
	pooler   []string // the only startup parameters let through, where set
	refuses  string   // the code with which every client is refused, where set
	message  string   // with which it does that
	drops    bool     // parameters of the startup packet have no effect, as behind Odyssey
	mangles  []string // statements that hold one of these are refused, with 42601
	deaf     bool     // cancel requests are answered and not passed on
	alone    bool     // takes one connection and no other
	cutAfter int64    // bytes of the server's, after which the line is cut
	// holdAfter is bytes of the server's after which nothing more comes until
	// goOn is closed; held is closed when they have passed.
	holdAfter  int64
	held, goOn chan struct{}

	url            string
	writes         atomic.Int64 // packets that the client sent after its startup, but for passwords
	starts         atomic.Int64
	mangled, syncs atomic.Int64
	conns          atomic.Int64
}

// open starts the gate on a port of its own, before the server of the URL.
func (g *gate) open(t *testing.T, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(func() { cancel(); _ = l.Close(); wg.Wait() })
	target := u.Host
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			if g.alone {
				_ = l.Close()
			}
			wg.Go(func() { g.serve(ctx, client, target) })
		}
	})
	u.Host = l.Addr().String()
	u.RawQuery = "sslmode=disable"
	g.url = u.String()
}

func (g *gate) serve(ctx context.Context, client net.Conn, target string) {
	g.conns.Add(1)
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	defer func() { _ = client.Close() }()
	b := pgproto3.NewBackend(client, client)
	first, err := b.ReceiveStartupMessage()
	if err != nil {
		return
	}
	if m, ok := first.(*pgproto3.StartupMessage); ok {
		g.starts.Add(1)
		if !g.admit(b, m) {
			return
		}
	} else if g.deaf {
		return
	}
	server, err := new(net.Dialer).DialContext(ctx, "tcp", target)
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if m, ok := first.(*pgproto3.StartupMessage); ok && g.drops {
		m.Parameters = map[string]string{"user": m.Parameters["user"], "database": m.Parameters["database"]}
	}
	packet, _ := first.Encode(nil)
	_, _ = server.Write(packet)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if g.mangles != nil {
			g.mangle(server, client)
			_ = server.Close()
			return
		}
		buf := make([]byte, 1<<16)
		for {
			n, err := client.Read(buf)
			if err != nil {
				break
			}
			if n > 0 && buf[0] != 'p' { // how many there are is the server's choice
				g.writes.Add(1)
			}
			_, _ = server.Write(buf[:n])
		}
		_ = server.Close()
	}()
	if g.holdAfter > 0 {
		if _, err := io.CopyN(client, server, g.holdAfter); err == nil {
			close(g.held)
			<-g.goOn
		}
	}
	if g.cutAfter > 0 {
		_, _ = io.CopyN(client, server, g.cutAfter)
	} else {
		_, _ = io.Copy(client, server)
	}
	_ = client.Close()
	<-done
}

// mangle passes on the client's messages, with refused statements turned into such
// that the server refuses.
func (g *gate) mangle(server io.Writer, client io.Reader) {
	from := bufio.NewReader(client)
	for {
		header := make([]byte, 5)
		if _, err := io.ReadFull(from, header); err != nil {
			return
		}
		body := make([]byte, int(binary.BigEndian.Uint32(header[1:]))-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		if header[0] == 'P' {
			for _, m := range g.mangles {
				if bytes.Contains(bytes.ToLower(body), []byte(m)) {
					g.mangled.Add(1)
					body = []byte("\x00refused: \"it\"\x00\x00\x00") // no name, no parameters
					binary.BigEndian.PutUint32(header[1:], uint32(len(body)+4))
					break
				}
			}
		}
		if header[0] == 'S' {
			g.syncs.Add(1)
		}
		_, _ = server.Write(append(header, body...))
	}
}

// admit does as pgbouncer does with startup parameters, or refuses all.
func (g *gate) admit(b *pgproto3.Backend, m *pgproto3.StartupMessage) bool {
	refuse := func(code, message string) bool {
		b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: code, Message: message})
		_ = b.Flush()
		return false
	}
	if g.refuses != "" {
		return refuse(g.refuses, cmp.Or(g.message, "so it is"))
	}
	if g.pooler != nil {
		for name := range m.Parameters {
			known := false
			for _, p := range g.pooler {
				known = known || p == name
			}
			if !known {
				return refuse("08P01", "unsupported startup parameter: "+name)
			}
		}
	}
	return true
}
