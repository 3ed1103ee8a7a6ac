// Package hostile has servers that lie. Each speaks its protocol correctly, except for one length
// or count in one message. The table of lies is made from an honest conversation. In it a server
// records each length and count that it sends:
//
//	for _, lie := range hostile.Lies(honest) {
//		address, seen := hostile.MySQL(t, lie)
//	}
package hostile

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"sync"
)

// A Field is a length or a count in a message.
type Field struct{ Message, Name string }

// A Lie is a wrong value that replaces the correct one. The zero value is no lie.
type Lie struct {
	Field Field
	Kind  string
}

func (l Lie) String() string {
	return fmt.Sprintf("%s/%s is %s", l.Field.Message, l.Field.Name, l.Kind)
}

// Kinds are the ways to lie about a number.
var Kinds = []string{"zero", "one", "maximum", "negative", "beyond the packet"}

// Lies returns all lies about fields.
func Lies(fields []Field) (all []Lie) {
	for _, f := range fields {
		for _, kind := range Kinds {
			all = append(all, Lie{f, kind})
		}
	}
	return all
}

// flood is the number of bytes that follow a lie. A client that believes the lie reads them.
const flood = 8 << 20

// A talk is one connection of a server.
type talk struct {
	conn net.Conn
	lie  Lie
	lied bool // the lie has been sent
	note func(Field)
}

// A notebook records the fields of a conversation in order.
type notebook struct {
	mu   sync.Mutex
	seen []Field
}

func (n *notebook) note(f Field) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.seen, f) {
		n.seen = append(n.seen, f)
	}
}

// fields returns the recorded fields.
func (n *notebook) fields() []Field {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.seen)
}

// number records a number as a field. It returns the number, or the lie about it, limited to the
// width.
func (t *talk) number(message, name string, truth uint64, width int) uint64 {
	f := Field{message, name}
	t.note(f)
	if t.lie.Field != f {
		return truth
	}
	t.lied = true
	switch t.lie.Kind {
	case "zero":
		return 0
	case "one":
		return 1
	case "maximum":
		return 1<<(8*width-1) - 1
	case "negative":
		return 1 << (8*width - 1)
	}
	return truth + 1000
}

// big appends a number with the highest byte first.
func (t *talk) big(b []byte, message, name string, truth uint64, width int) []byte {
	all := binary.BigEndian.AppendUint64(nil, t.number(message, name, truth, width))
	return append(b, all[8-width:]...)
}

// little appends a number with the lowest byte first.
func (t *talk) little(b []byte, message, name string, truth uint64, width int) []byte {
	all := binary.LittleEndian.AppendUint64(nil, t.number(message, name, truth, width))
	return append(b, all[:width]...)
}

// say sends a message. After a lie it sends flood bytes, and closes the connection.
func (t *talk) say(b []byte) bool {
	if _, err := t.conn.Write(b); err != nil {
		return false
	}
	if !t.lied {
		return true
	}
	junk := make([]byte, 64<<10)
	for i := range junk {
		junk[i] = 'x'
	}
	for range flood / len(junk) {
		if _, err := t.conn.Write(junk); err != nil {
			break
		}
	}
	return false
}
