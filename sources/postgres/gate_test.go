// A gate is a proxy in front of the real server. It imitates poolers, stricter servers and
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
	pooler   []string // if set, the only startup parameters that it forwards
	refuses  string   // if set, the error code with which it refuses every client
	message  string   // the message of that error
	drops    bool     // ignores the parameters of the startup packet, as Odyssey does
	mangles  []string // statements that contain one of these are refused, with 42601
	deaf     bool     // cancel requests are accepted but not forwarded
	alone    bool     // accepts one connection only
	cutAfter int64    // bytes from the server after which the connection is cut
	// holdAfter is the number of bytes from the server after which nothing is forwarded
	// until goOn is closed. held is closed when they have been forwarded.
	holdAfter  int64
	held, goOn chan struct{}

	url            string
	writes         atomic.Int64 // packets that the client sent after its startup, without passwords
	starts         atomic.Int64
	mangled, syncs atomic.Int64
	conns          atomic.Int64
}

// open starts the gate on its own port, in front of the server of the URL.
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
			if n > 0 && buf[0] != 'p' { // password messages do not count, since the server decides on their number
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

// mangle forwards the client's messages. It replaces each statement that is to be refused
// by an invalid one, so that the server refuses it.
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
					body = []byte("\x00refused: \"it\"\x00\x00\x00") // the message has neither a name nor parameters
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

// admit handles startup parameters as PgBouncer does, or refuses every client.
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
