// A statement of MariaDB's that is prepared and executed in one round trip: its servers
// (from 10.2 on) take a number that stands for the statement prepared last, so that
// its execution can be asked for before the answer has come.

package mysql

import (
	"errors"
)

// Commands of the protocol.
const (
	comQuit    = 0x01
	comPrepare = 0x16
	comExecute = 0x17
	comClose   = 0x19
)

// executeLast is the packet by which a statement without parameters is executed that
// was prepared last.
const executeLast = "\x0a\x00\x00\x00\x17\xff\xff\xff\xff\x00\x01\x00\x00\x00"

// unknownStatement is the error of a server that knows no such number, or of one that
// could not prepare the statement.
const unknownStatement = 1243

// executeAhead sends the packet that prepares a statement, and has it executed.
func (c *channel) executeAhead(prepare []byte) (int, error) {
	c.direct = false
	both := append(append(make([]byte, 0, len(prepare)+len(executeLast)), prepare...), executeLast...)
	if n, err := c.Conn.Write(both); err != nil {
		return min(n, len(prepare)), err
	}
	c.ahead = true
	return len(prepare), nil
}

// caughtUp is for the first command of the driver's behind a statement that was
// executed ahead. It reports whether that is its execution, and so nothing is to be
// sent. Else the statement could not be prepared, and what the server said of its
// execution is taken away.
func (c *channel) caughtUp(b []byte) (done bool, err error) {
	c.ahead = false
	executes := b[headerSize] == comExecute && len(b) == len(executeLast)
	switch {
	case b[headerSize] == comQuit || b[headerSize] == comClose: // nothing is read behind them
		return false, nil
	case executes:
		c.guard.command(comExecute)
	}
	head, err := c.packets.Peek(headerSize + 1)
	if err != nil {
		return executes, nil // the driver finds the same //nolint:nilerr // see above
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
		return executes, nil // the guard's to refuse
	}
	packet, err := c.packets.Peek(size)
	if err != nil {
		return executes, nil // likewise //nolint:nilerr // likewise
	}
	if executes && numberOf(serverError(packet[headerSize:])) != unknownStatement {
		return true, nil // of the statement itself
	}
	_, err = c.packets.Take(size)
	return false, err
}
