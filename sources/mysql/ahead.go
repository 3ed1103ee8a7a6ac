// Preparing and executing a statement of MariaDB's in one round trip. Its servers (from
// 10.2 on) accept a number that stands for the statement prepared last, so that the
// execution can be requested before the answer to the preparation has arrived.

package mysql

import (
	"errors"
)

// Commands of the protocol.
const (
	comQuit    = 0x01
	comQuery   = 0x03
	comPrepare = 0x16
	comExecute = 0x17
	comClose   = 0x19
)

// executeLast is the packet that executes the statement prepared last, which must not
// have parameters.
const executeLast = "\x0a\x00\x00\x00\x17\xff\xff\xff\xff\x00\x01\x00\x00\x00"

// unknownStatement is the error of a server that does not know that number, or could
// not prepare the statement.
const unknownStatement = 1243

// executeAhead sends the packet that prepares a statement, followed by its execution.
func (c *channel) executeAhead(prepare []byte) (int, error) {
	c.direct = false
	both := append(append(make([]byte, 0, len(prepare)+len(executeLast)), prepare...), executeLast...)
	if n, err := c.Conn.Write(both); err != nil {
		return min(n, len(prepare)), err
	}
	c.ahead = true
	return len(prepare), nil
}

// caughtUp handles the driver's first command after a statement was executed ahead. It
// reports whether that command is the execution, which then need not be sent. Otherwise
// the statement could not be prepared, and caughtUp discards the server's answer to its
// execution.
func (c *channel) caughtUp(b []byte) (done bool, err error) {
	c.ahead = false
	executes := b[headerSize] == comExecute && len(b) == len(executeLast)
	switch {
	case b[headerSize] == comQuit || b[headerSize] == comClose: // they have no answer
		return false, nil
	case executes:
		c.guard.command(comExecute)
	}
	head, err := c.packets.Peek(headerSize + 1)
	if err != nil {
		return executes, nil // the driver gets the same error //nolint:nilerr // see above
	}
	if head[headerSize] != 0xff {
		if !executes {
			err = errors.New("a statement was executed that the driver did not execute")
			c.wire.note(err)
		}
		return executes, err
	}
	size := packetSize(head)
	if size > headerSize+mostMessage {
		return executes, nil // the guard refuses it
	}
	packet, err := c.packets.Peek(size)
	if err != nil {
		return executes, nil // likewise //nolint:nilerr // likewise
	}
	if executes && numberOf(serverError(packet[headerSize:])) != unknownStatement {
		return true, nil // the error is the statement's own
	}
	_, err = c.packets.Take(size)
	return false, err
}
