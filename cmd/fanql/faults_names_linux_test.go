// Name servers that are silent, slow or broken, and names with two addresses, the first of which
// does not work. Only root can make a run use the test's name server.

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// A nameServer answers queries for the names that it knows, by their first label, and
// ignores all others.
type nameServer struct {
	known           map[string]reply
	address, config string
	heard           chan string
	seen            map[string]bool
}

// A reply is a DNS response code (2 is a server failure) and IPv4 addresses.
type reply struct {
	after     time.Duration
	code      byte
	addresses []string
}

// startNameServer starts a name server. A command uses it after [nameServer.wrap].
func startNameServer(t *testing.T, known map[string]reply) *nameServer {
	t.Helper()
	needsMount(t)
	s := &nameServer{
		known: known, address: fmt.Sprintf("127.%d.%d.%d", 1+rand.N(254), rand.N(256), 1+rand.N(254)),
		config: filepath.Join(t.TempDir(), "resolv.conf"), heard: make(chan string, 1000), seen: map[string]bool{},
	}
	listener, err := net.ListenPacket("udp", s.address+":53")
	if err != nil {
		t.Skipf("only root may open the port of a name server: %v", err)
	}
	if err := os.WriteFile(s.config, []byte("nameserver "+s.address+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			request := make([]byte, 1500)
			n, from, err := listener.ReadFrom(request)
			if err != nil {
				return
			}
			label, end := asked(request[:n])
			s.heard <- label
			if r, ok := s.known[label]; ok {
				wg.Go(func() {
					time.Sleep(r.after)
					_, _ = listener.WriteTo(r.to(request[:end]), from)
				})
			}
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait()
	})
	return s
}

// asked returns the first label of the name in a DNS request, and the offset of its end.
func asked(packet []byte) (label string, end int) {
	const header, typeAndClass = 12, 4
	for at := header; at < len(packet); {
		size := int(packet[at])
		at++
		if size == 0 {
			return label, min(at+typeAndClass, len(packet))
		}
		if label == "" {
			label = string(packet[at:min(at+size, len(packet))])
		}
		at += size
	}
	return label, len(packet)
}

// to returns the response to a DNS request. Only a request for IPv4 addresses gets addresses.
func (r reply) to(request []byte) []byte {
	packet := append([]byte{}, request...)
	packet[2], packet[3] = 0x81, 0x80|r.code // flags: this is a response, and recursion is available
	packet[10], packet[11] = 0, 0            // no authority and additional records
	if binary.BigEndian.Uint16(request[len(request)-4:]) != 1 {
		return packet
	}
	packet[7] = byte(len(r.addresses))
	for _, a := range r.addresses {
		packet = append(packet, "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04"...) // the name, IPv4, 0 s
		packet = append(packet, netip.MustParseAddr(a).AsSlice()...)
	}
	return packet
}

// asked reports whether the server got a request for a name that begins with label.
func (s *nameServer) asked(label string) bool {
	for {
		select {
		case l := <-s.heard:
			s.seen[l] = true
		default:
			return s.seen[label]
		}
	}
}

// wrap makes a command use the name server, in a mount namespace of its own.
func (s *nameServer) wrap(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	cmd.Args = append([]string{"sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, s.config}, append([]string{cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path = shell
}

// forward forwards connections to the server of a URL, and returns the local port.
func forward(t *testing.T, address, rawURL string) (port string) {
	t.Helper()
	return forwardUntil(t, address, rawURL, "", nil)
}

// forwardUntil forwards connections, too. If word is not empty, it stops once a client has sent it:
// then said is true, and nothing more from the server is forwarded.
func forwardUntil(t *testing.T, address, rawURL, word string, said *atomic.Bool) (port string) {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	served := testkit.ServeAt(t, address, func(client net.Conn) {
		server, err := net.Dial("tcp", u.Host)
		if err != nil {
			return
		}
		held := make(chan struct{})
		go func() {
			defer server.Close()
			buf := make([]byte, 1<<16)
			for {
				n, err := client.Read(buf)
				if word != "" && bytes.Contains(buf[:n], []byte(word)) && !said.Swap(true) {
					close(held)
				}
				if _, failed := server.Write(buf[:n]); err != nil || failed != nil {
					return
				}
			}
		}()
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			select {
			case <-held:
				n = 0
			default:
			}
			if _, failed := client.Write(buf[:n]); err != nil || failed != nil {
				return
			}
		}
	})
	_, port, _ = net.SplitHostPort(served)
	return port
}

func TestNameServers(t *testing.T) {
	dbs := seededDatabases(t)
	const dead, alive = "127.0.0.1", "127.0.0.2"
	server := startNameServer(t, map[string]reply{
		"slow":   {after: 400 * time.Millisecond, addresses: []string{alive}},
		"broken": {code: 2},
		"two":    {addresses: []string{dead, alive}},
	})
	// For each database there is a port with a server at the first address. At the second
	// address the port refuses connections (refusing) or never accepts them (crowded).
	var refusing, crowded [3]string
	for i, db := range dbs.all() {
		_, port, err := net.SplitHostPort(testdb.Crowded(t))
		if err != nil {
			t.Fatal(err)
		}
		refusing[i] = forward(t, alive+":0", db.URL)
		crowded[i] = forward(t, alive+":"+port, db.URL)
	}
	for _, c := range []struct {
		name, host   string
		ports        [3]string
		limit        time.Duration
		state, phase string
		attempts     int
		least        float64 // seconds
	}{
		{"dead name server", "mute", refusing, 2 * time.Second, "timeout", "resolve", 1, 1.9},
		{"slow name server", "slow", refusing, 20 * time.Second, "ok", "", 1, 0.35},
		{"broken name server", "broken", refusing, 20 * time.Second, "failed", "resolve", 3, 0.2},
		{"name with a first address that refuses, and a second", "two", refusing, 20 * time.Second, "ok", "", 1, 0},
		{"name with a first address that is silent, and a second", "two", crowded, 4 * time.Second, "ok", "", 1, 1.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := filepath.Join(t.TempDir(), "report.json")
			args := []string{"query", "--csv", "--timeout", c.limit.String(), "--connect-timeout", "0", "--report", report, "select id, region from orders", "-s", "lite=" + smallOrders(t)}
			for i, db := range dbs.all() {
				u, err := url.Parse(db.URL)
				if err != nil {
					t.Fatal(err)
				}
				u.Host = c.host + ".example:" + c.ports[i]
				args = append(args, "-s", db.Server+"="+u.String())
			}
			cmd := program(t, args...)
			server.wrap(t, cmd)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			began := time.Now()
			status := exitStatus(t, cmd.Run())
			wall := time.Since(began)
			want := 3
			if c.state == "ok" {
				want = 0
			}
			if status != want {
				t.Errorf("exit status %d, want %d\n%s", status, want, &stderr)
			}
			if wall > c.limit+promptExit {
				t.Errorf("the run took %s, and the deadline was %s", wall, c.limit)
			}
			r := readReport(t, report)
			if lite := r.Sources[0]; lite.State != "ok" || lite.Rows != 1 || lite.TotalSeconds > 1.5 {
				t.Errorf("the healthy one is %s with %d rows after %.3f s", lite.State, lite.Rows, lite.TotalSeconds)
			}
			for i, rows := range dbs.rows() {
				s := r.Sources[i+1]
				if c.state != "ok" {
					rows = 0
				}
				if s.State != c.state || s.Phase != c.phase || s.Attempts != c.attempts || s.Rows != int64(rows) || s.TotalSeconds < c.least {
					t.Errorf("%s is %s in %q with %d rows, after %d attempts in %.3f s\n%s", s.Source, s.State, s.Phase, s.Rows, s.Attempts, s.TotalSeconds, &stderr)
				}
			}
			if n := strings.Count(stdout.String(), "\n") - 1; int64(n) != r.Rows {
				t.Errorf("%d rows are printed, and %d reported", n, r.Rows)
			}
			if left := queriesLeft(dbs, serverLag); left != "" {
				t.Errorf("still running: %s", left)
			}
		})
	}
}
