// Waiting until a server has seen that a connection is over.

package driver

import (
	"errors"
	"net"
	"os"
	"time"
)

// peerCloseWait is how long a server gets to close its end: on a busy machine it may
// notice late.
const peerCloseWait = 2 * time.Second

// AwaitPeerClose shuts down the writing side of a connection and waits until the server
// has closed its end, until peerCloseWait has passed, or until the wait is no longer
// wanted. The caller then closes the connection. A server counts a connection until
// then.
func AwaitPeerClose(conn net.Conn, wanted func() bool) {
	const step = 10 * time.Millisecond // between two looks at wanted
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // what went wrong shows in the read
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
