// A MySQL server that requests files.

package hostile

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// Files returns host:port of a MySQL server that accepts LOAD DATA LOCAL. Before it answers a text,
// it calls wants with the text, and with the name of the file if the text is LOAD DATA. If wants
// returns a name, the server requests the file with that name, and sends its content to got. It
// closes got at the end of the one connection.
func Files(t testing.TB, wants func(text, name string) (string, bool), got chan<- string) (address string) {
	return testkit.Serve(t, func(c net.Conn) {
		defer close(got)
		m := mysqlTalk{talk{conn: c, note: func(Field) {}}, 0}
		if !m.greet() {
			return
		}
		if _, ok := m.read(); !ok || !m.ok("login", 2) {
			return
		}
		for {
			command, ok := m.read()
			if !ok || len(command) == 0 || !m.request(string(command[1:]), wants, got) {
				return
			}
		}
	})
}

func (m *mysqlTalk) request(text string, wants func(text, name string) (string, bool), got chan<- string) bool {
	_, name, _ := strings.Cut(text, "LOCAL INFILE '")
	name, _, _ = strings.Cut(name, "'")
	lines := 0
	for {
		file, ok := wants(text, name)
		if !ok {
			break
		}
		if !m.packet("request for a file", append([]byte{0xfb}, file...)) {
			return false
		}
		var all []byte
		for {
			part, ok := m.read()
			if ok && len(part) > 0 {
				all = append(all, part...)
				continue
			}
			got <- string(all)
			if lines += bytes.Count(all, []byte("\n")); !ok {
				return false
			}
			break
		}
	}
	if strings.HasPrefix(text, "SHOW SESSION VARIABLES") {
		return m.rows("variables", "local_infile", "ON")
	}
	return m.packet("answer", []byte{0, byte(lines), 0, 2, 0, 0, 0})
}
