// The place of a server: its folder, its port and its log.
package private

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Folder creates a temporary folder for servers. Their accounts must be able to reach it. The path
// of a socket in it must not exceed 103 bytes on macOS, and 107 on Linux. If TMPDIR is unsuitable,
// the folder is in /tmp.
func Folder() (string, error) {
	dir := os.TempDir()
	if len(dir) > 60 || (os.Geteuid() == 0 && !passable(dir)) {
		dir = "/tmp"
	}
	dir, err := os.MkdirTemp(dir, "fanql-servers-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// passable reports whether every account may traverse dir.
func passable(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		return true
	}
}

// reachable returns programs that the account can run. If the project is in a home folder that only
// root can read, fetched programs are copied to a folder of the server.
func reachable(p Programs, to string, who *syscall.Credential) (Programs, error) {
	if p.tree() == "" || who == nil || passable(p.tree()) {
		return p, nil
	}
	return p.in(to), os.CopyFS(to, os.DirFS(p.tree()))
}

// The ports of servers. By default no system gives these to connections, or to listeners that ask for any port,
// so they stay free while a server is down and starts again.
const (
	firstPort = 10_240
	lastPort  = 32_000
)

// freePort returns a port of 127.0.0.1 on which no process listens. Another process may take it
// before the server does. Then the server ends, and another port is tried.
func freePort(ctx context.Context) (port int, err error) {
	for range 50 {
		port = firstPort + rand.IntN(lastPort-firstPort)
		var l net.Listener
		if l, err = new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// tail returns the last lines of a file, indented.
func tail(path string, lines int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "    " + err.Error()
	}
	return LastLines(text, lines)
}

// LastLines returns the last lines of a program's output, indented.
func LastLines(text []byte, n int) string {
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return "    " + string(bytes.Join(lines[max(0, len(lines)-n):], []byte("\n    ")))
}
