// The phases of a run: how a test brings a run into each of them and keeps it there, and
// how it observes that in /proc and on the servers.

package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// A phase has a run that stops in it, and a function that reports whether it is there.
type phase struct {
	name string
	// begin, if set, is called first.
	begin func(t *testing.T)
	// args returns the arguments of a run whose result has a column named tag.
	args    func(t *testing.T, tag string) []string
	reached func(*flight) bool
	// wrap, if set, changes the command that starts the run.
	wrap func(t *testing.T, cmd *exec.Cmd)
}

func phases(t *testing.T, dbs databases) []phase {
	lite := manyOrders(t, 50000)
	servers := dbs.flags()
	all := append(servers[:len(servers):len(servers)], "-s", "lite="+lite)
	at := func(address string) []string {
		return []string{"-s", "pg=postgres://u@" + address + "/x", "-s", "my=mysql://u@" + address + "/x", "-s", "ma=mysql://u@" + address + "/x"}
	}
	running := func(f *flight) bool { return countTagged(t, dbs, f.tag) == 3 }
	writing := func(f *flight) bool { return hasWritten(f) && running(f) }
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
		{name: "query", args: with(sleeping, all), reached: running},
		{name: "stream", args: with(trickling, all, "--stream", "--report", report), reached: writing},
		{name: "export", args: with(trickling, all), reached: writing},
		{name: "staged rows wait", args: with(staged, all, "--format", "table", "--memory", "64KiB"), reached: func(f *flight) bool {
			return hasSpilled(f) && running(f)
		}},
		{name: "auth", args: func(t *testing.T, tag string) []string {
			return append(at(testkit.Silent(t)), "select 1 as "+tag)
		}, reached: func(f *flight) bool { return sockets(f, established) == 3 }},
		{name: "connect", args: func(t *testing.T, tag string) []string {
			return append(at(testdb.Crowded(t)), "select 1 as "+tag)
		}, reached: func(f *flight) bool { return sockets(f, dialling) == 3 }},
	}
	var mute *nameServer
	var warnings [2]atomic.Bool
	return append(found, phase{ // the server sends all rows, but never the end of them
		name: "verify", args: func(t *testing.T, tag string) []string {
			args := []string{"select cast('no number' as signed) as " + tag}
			for i, db := range []testdb.DB{dbs.my, dbs.ma} {
				u, err := url.Parse(db.URL)
				if err != nil {
					t.Fatal(err)
				}
				warnings[i].Store(false)
				u.RawQuery = "tls=false" // the test searches the bytes that are sent
				u.Host = "127.0.0.1:" + forwardUntil(t, "127.0.0.1:0", db.URL, "SHOW WARNINGS", &warnings[i])
				args = append(args, "-s", db.Server+"="+u.String())
			}
			return args
		}, reached: func(*flight) bool { return warnings[0].Load() && warnings[1].Load() },
	}, phase{
		name: "resolve", begin: func(t *testing.T) { mute = startNameServer(t, nil) },
		args: func(t *testing.T, tag string) []string { return append(at(tag+".example"), "select 1 as "+tag) },
		wrap: func(t *testing.T, cmd *exec.Cmd) { mute.wrap(t, cmd) }, reached: func(f *flight) bool { return mute.asked(f.tag) },
	})
}

// openLinks returns the targets of the open file descriptors of a run.
func openLinks(f *flight) []string {
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

// processorTime returns the processor time that a process has used so far.
func processorTime(pid int) (used time.Duration) {
	const tick = 10 * time.Millisecond // USER_HZ is 100 wherever Go runs
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ") // the rest follows the name
	fields := strings.Fields(rest)
	for _, i := range []int{11, 12} { // utime, stime
		if i < len(fields) {
			n, _ := strconv.Atoi(fields[i])
			used += time.Duration(n) * tick
		}
	}
	return used
}

// hasWritten reports whether a run has written part of its result. The file has no name yet
// if the file system allows that.
func hasWritten(f *flight) bool {
	folder := fmt.Sprintf("/proc/%d/fd", f.cmd.Process.Pid)
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if to, err := os.Readlink(path); err != nil || filepath.Dir(to) != filepath.Dir(f.out) {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			return true
		}
	}
	return false
}

// hasSpilled reports whether a run has spilled rows to a temporary file.
func hasSpilled(f *flight) bool {
	for _, to := range openLinks(f) {
		if strings.HasPrefix(to, f.tmp) && strings.HasSuffix(to, " (deleted)") { // if the file system allows it, the file has no name
			return true
		}
	}
	return false
}

// States of TCP connections, as in /proc/net/tcp.
const (
	established = "01"
	dialling    = "02"
)

// sockets counts the TCP connections of a run in that state.
func sockets(f *flight, state string) int {
	own := map[string]bool{}
	for _, to := range openLinks(f) {
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
