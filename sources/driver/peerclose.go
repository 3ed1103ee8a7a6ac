// Waiting until a server has seen that a connection is over.

package driver

import (
	"errors"
	"net"
	"os"
	"time"
)

// peerCloseWait is how long a server gets for its end of a connection: on a machine that
// is busy it may be slow to notice.
const peerCloseWait = 2 * time.Second

// AwaitPeerClose tells a server that nothing more comes on a connection, and waits until
// it has closed its end, or for a moment, or until the wait is not wanted any more;
// the caller then closes the connection. A server counts a connection until then.
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
