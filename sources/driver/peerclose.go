// Waits until a server has seen the end of a connection.

package driver

import (
	"errors"
	"net"
	"os"
	"time"
)

// peerCloseWait is how long to wait until a server closes its end. On a busy machine it may
// notice late.
const peerCloseWait = 2 * time.Second

// AwaitPeerClose shuts down the writing side of a connection and waits until the server
// has closed its end, until peerCloseWait has passed, or until the wait is no longer
// wanted. The caller then closes the connection. A server counts a connection until
// then.
func AwaitPeerClose(conn net.Conn, wanted func() bool) {
	const step = 10 * time.Millisecond // the interval between two calls of wanted
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the read reports any error
	}
	rest := make([]byte, 512)
	for end := time.Now().Add(peerCloseWait); wanted() && time.Now().Before(end); {
		if conn.SetReadDeadline(time.Now().Add(step)) != nil {
			return
		}
		if _, err := conn.Read(rest); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}
