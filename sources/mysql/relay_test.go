// Relays between the driver and a server. They refuse commands, count round trips, or
// balance between servers.

package mysql_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// A relay has its own URL, and forwards to a server, or to several servers in turn.
type relay struct {
	url         string
	connections atomic.Int64
	ahead       atomic.Int64 // executions of "the statement prepared last", without its id
	trips       atomic.Int64 // commands sent after the server had answered the last one
	before      string       // executed on each connection before its first command
	forgetful   bool         // the server never knows "the statement prepared last"
	mu          sync.Mutex
	commands    []string // texts that were sent, after the word QUERY or PREPARE
}

const (
	comQuit    = 1
	comQuery   = 3
	comPrepare = 0x16
	comExecute = 0x17
)

// last is the id that means "the statement prepared last".
const last = 0xffffffff

// unanswered, in place of an error's number, means that the command gets no answer.
const unanswered = 0xffff

// relayed starts a relay to the databases. Its URL is that of the first database with
// another address. It does not forward a command that contains one of the words in refused.
// It answers such a command with the error of that number.
func relayed(t *testing.T, refused map[string]uint16, dbs ...testdb.DB) *relay {
	t.Helper()
	r := new(relay)
	hosts := make([]string, len(dbs))
	for i, db := range dbs {
		hosts[i] = parsed(t, db.URL).Host
	}
	u := parsed(t, dbs[0].URL)
	u.RawQuery = "tls=false" // so that the relay can read the traffic
	u.Host = testkit.Serve(t, func(client net.Conn) {
		n := r.connections.Add(1)
		up, err := new(net.Dialer).DialContext(t.Context(), "tcp", hosts[int(n-1)%len(hosts)])
		if err != nil {
			return
		}
		defer up.Close()
		r.carry(client, up, refused)
	})
	r.url = u.String()
	return r
}

func (r *relay) carry(client, up net.Conn, refused map[string]uint16) {
	var spoken atomic.Bool // the server has sent something since the client's last command
	var ours atomic.Bool   // the server's next answer is for the relay
	heard := make(chan struct{}, 1)
	go func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := up.Read(buf)
			spoken.Store(true)
			if err == nil && ours.Swap(false) {
				heard <- struct{}{}
				continue
			}
			if _, failed := client.Write(buf[:n]); failed != nil || err != nil {
				return
			}
		}
	}()
	header := make([]byte, 4)
	in := bufio.NewReaderSize(client, 64<<10)
	for first := true; ; {
		joined := in.Buffered() > 0 // the command came in the same read as the one before it
		if _, err := io.ReadFull(in, header); err != nil {
			return
		}
		body := make([]byte, int(header[0])|int(header[1])<<8|int(header[2])<<16)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		command := header[3] == 0 && len(body) > 0
		if spoken.Swap(false) && command && !joined && body[0] != comQuit {
			r.trips.Add(1)
		}
		if command && first && r.before != "" {
			first = false
			ours.Store(true)
			if _, err := up.Write(append([]byte{byte(len(r.before) + 1), 0, 0, 0, comQuery}, r.before...)); err != nil {
				return
			}
			<-heard
		}
		if command && body[0] == comExecute && binary.LittleEndian.Uint32(body[1:]) == last {
			r.ahead.Add(1)
			if r.forgetful {
				binary.LittleEndian.PutUint32(body[1:], last-1)
			}
		}
		number := r.note(command, body, refused)
		if number == unanswered {
			continue
		}
		if number != 0 {
			says := binary.LittleEndian.AppendUint16([]byte{0, 0, 0, 1, 0xff}, number)
			says = append(says, "#HY000no, not here"...)
			says[0] = byte(len(says) - 4)
			spoken.Store(true)
			if _, err := client.Write(says); err != nil {
				return
			}
			continue
		}
		if _, err := up.Write(append(append([]byte(nil), header...), body...)); err != nil {
			return
		}
	}
}

// note records a command, and returns the number of the error for it, or 0.
func (r *relay) note(command bool, body []byte, refused map[string]uint16) uint16 {
	text := ""
	switch {
	case !command:
		return 0
	case body[0] == comQuery:
		text = "QUERY " + string(body[1:])
	case body[0] == comPrepare:
		text = "PREPARE " + string(body[1:])
	default:
		return 0
	}
	r.mu.Lock()
	r.commands = append(r.commands, text)
	r.mu.Unlock()
	for word, number := range refused {
		if strings.Contains(text, word) {
			return number
		}
	}
	return 0
}

// sent returns the commands that contain the word.
func (r *relay) sent(word string) (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range r.commands {
		if strings.Contains(text, word) {
			list = append(list, text)
		}
	}
	return list
}

func parsed(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
