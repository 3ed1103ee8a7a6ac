// Waiting until a server has seen that a connection is over.

package ask

import (
	"io"
	"net"
	"time"
)

// lingering is how long a server gets for its end of a connection.
const lingering = 250 * time.Millisecond

// AwaitEnd tells a server that nothing more comes on a connection, and waits until
// it has closed its end, or for a moment; the caller then closes the connection. A
// server counts a connection until then.
func AwaitEnd(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // what went wrong shows in the read
	}
	if conn.SetReadDeadline(time.Now().Add(lingering)) == nil {
		_, _ = io.Copy(io.Discard, conn)
	}
}
