// Writing the long text of the session's settings without a buffer of that length.

package postgres

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"
)

// An outlet puts a text that was left out into what pgconn writes. pgconn's buffer for
// messages has 1 KiB: for each of thousands of sources it would grow twice for the
// settings, and then be dropped.
type outlet struct {
	to   io.Writer
	text string // it replaces leftOut; empty for none
}

// leftOut stands for the text in a Parse message. No statement of a user has this text.
const leftOut = "\x01"

// later returns the text that pgconn sends in place of sql: leftOut if sql is long, else
// sql itself. The outlet then writes the long text.
func (o *outlet) later(sql string) string {
	const long = 512
	if len(sql) < long || o.text != "" {
		return sql
	}
	o.text = sql
	return leftOut
}

// outgoing are buffers for messages with a text that was left out.
var outgoing = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Write writes whole messages, as pgconn flushes them.
func (o *outlet) Write(b []byte) (int, error) {
	at := o.find(b)
	if at < 0 {
		return o.to.Write(b)
	}
	const before, length = 2, 4 // the message's kind and the end of the statement's name; the length of the message
	all := outgoing.Get().(*bytes.Buffer)
	defer outgoing.Put(all)
	all.Reset()
	all.Write(b[:at+1])
	size := binary.BigEndian.Uint32(b[at+1:]) + uint32(len(o.text)-len(leftOut))
	all.Write(binary.BigEndian.AppendUint32(all.AvailableBuffer(), size))
	all.WriteByte(0)
	all.WriteString(o.text)
	all.Write(b[at+before+length+len(leftOut):])
	o.text = ""
	n, err := o.to.Write(all.Bytes())
	return min(n, len(b)), err
}

// find returns where a Parse message with leftOut begins, or -1.
func (o *outlet) find(b []byte) int {
	if o.text == "" {
		return -1
	}
	for at := 0; at+headerSize <= len(b); at += messageSize(b[at:]) {
		if b[at] == 'P' && bytes.HasPrefix(b[at+headerSize:], []byte("\x00"+leftOut+"\x00")) {
			return at
		}
	}
	return -1
}
