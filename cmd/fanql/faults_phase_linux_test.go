// The phases of a run: how it is brought into each and kept there, and how that is
// seen from beside, in /proc and on the servers.

package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

// A phase is how a run is brought into it, and seen to be there.
type phase struct {
	name string
	// args are the arguments of a run whose column is to have the name tag.
	args    func(t *testing.T, tag string) []string
	reached func(*flight) bool
	// wrap, where set, is the command that starts the run.
	wrap func(t *testing.T, cmd *exec.Cmd)
}

func phases(t *testing.T, pg, my testdb.DB) []phase {
	lite := manyOrders(t, 50000)
	servers := []string{"-s", "pg=" + pg.URL, "-s", "my=" + my.URL}
	all := append(servers[:len(servers):len(servers)], "-s", "lite="+lite)
	at := func(address string) []string {
		return []string{"-s", "pg=postgres://u@" + address + "/x", "-s", "my=mysql://u@" + address + "/x"}
	}
	asking := func(f *flight) bool { return tagged(t, pg, my, f.tag) == 2 }
	writing := func(f *flight) bool {
		for _, name := range hidden(t, f.out) {
			if info, err := os.Stat(filepath.Join(filepath.Dir(f.out), name)); err == nil && info.Size() > 0 {
				return asking(f)
			}
		}
		return false
	}
	with := func(file func(string) string, sources []string, more ...string) func(*testing.T, string) []string {
		return func(t *testing.T, tag string) []string {
			return append(append([]string{"-f", saved(t, file(tag))}, more...), sources...)
		}
	}
	report := filepath.Join(t.TempDir(), "report.json")
	staged := func(tag string) string {
		return strings.SplitN(sleeping(tag), "-- fanql: sqlite", 2)[0] + "-- fanql: sqlite\nselect note as " + tag + " from orders\n"
	}
	found := []phase{
		{name: "query", args: with(sleeping, all), reached: asking},
		{name: "stream", args: with(trickling, all, "--stream", "--report", report), reached: writing},
		{name: "export", args: with(trickling, all), reached: writing},
		{name: "staged rows wait", args: with(staged, all, "--format", "table", "--memory", "64KiB"), reached: func(f *flight) bool {
			return spilled(f) && asking(f)
		}},
		{name: "auth", args: func(t *testing.T, tag string) []string {
			return append(at(silent(t)), "select 1 as "+tag)
		}, reached: func(f *flight) bool { return sockets(f, established) == 2 }},
		{name: "connect", args: func(t *testing.T, tag string) []string {
			return append(at(testdb.Crowded(t)), "select 1 as "+tag)
		}, reached: func(f *flight) bool { return sockets(f, dialling) == 2 }},
	}
	if server, ok := nameServer(t); ok {
		found = append(found, phase{name: "resolve", wrap: server.wrap, args: func(t *testing.T, tag string) []string {
			return append(at(tag+".example"), "select 1 as "+tag)
		}, reached: func(f *flight) bool { return server.asked(f.tag) }})
	}
	return found
}

// links are what the descriptors of a run lead to.
func links(f *flight) []string {
	folder := fmt.Sprintf("/proc/%d/fd", f.cmd.Process.Pid)
	entries, _ := os.ReadDir(folder)
	var all []string
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil {
			all = append(all, to)
		}
	}
	return all
}

// spilled reports whether a run holds a temporary file for rows.
func spilled(f *flight) bool {
	for _, to := range links(f) {
		if strings.HasPrefix(to, f.tmp) && strings.HasSuffix(to, ".spill (deleted)") {
			return true
		}
	}
	return false
}

// States of TCP connections in /proc/net/tcp.
const (
	established = "01"
	dialling    = "02"
)

// sockets counts the TCP connections of a run that are in a state.
func sockets(f *flight, state string) int {
	own := map[string]bool{}
	for _, to := range links(f) {
		if inode, ok := strings.CutPrefix(to, "socket:["); ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	table, _ := os.ReadFile("/proc/net/tcp")
	n := 0
	for line := range strings.Lines(string(table)) {
		if c := strings.Fields(line); len(c) > 9 && c[3] == state && own[c[9]] {
			n++
		}
	}
	return n
}

// A mute name server takes questions and answers none.
type mute struct {
	address, config string
	heard           chan string
	seen            map[string]bool
}

// nameServer starts a mute name server, if the port of such servers can be had
// and a run can be made to ask there.
func nameServer(t *testing.T) (*mute, bool) {
	t.Helper()
	m := &mute{address: "127.77.83.71", heard: make(chan string, 1000), seen: map[string]bool{}}
	listener, err := net.ListenPacket("udp", m.address+":53")
	if err != nil || os.Getuid() != 0 || !mayMount(t) {
		t.Logf("the phase resolve is not run: only root can make a run ask a name server of ours (%v)", err)
		if err == nil {
			_ = listener.Close()
		}
		return nil, false
	}
	m.config = filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(m.config, []byte("nameserver "+m.address+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, _, err := listener.ReadFrom(buf)
			if err != nil {
				return
			}
			if n > 13 && binary.BigEndian.Uint16(buf[4:]) == 1 && n > 13+int(buf[12]) {
				m.heard <- string(buf[13 : 13+int(buf[12])]) // the first part of the name
			}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return m, true
}

// asked reports whether the server was asked for a name that begins so.
func (m *mute) asked(label string) bool {
	for {
		select {
		case l := <-m.heard:
			m.seen[l] = true
		default:
			return m.seen[label]
		}
	}
}

// wrap makes a command ask the mute server, in a mount namespace of its own.
func (m *mute) wrap(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	cmd.Args = append([]string{"sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, m.config}, append([]string{cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path = shell
}
