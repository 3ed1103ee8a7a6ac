// How many sources are asked at once: of all servers, on one server, and of files.

package run

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

const (
	// handshakes is how many servers are connected to at once by each core to begin
	// with; how many more or fewer keep the cores busy is measured. One that has not
	// answered within waitsApart waits beside: it takes no time of ours.
	handshakes = 8
	waitsApart = 50 * time.Millisecond
	// mostFiles is how many SQLite files are open at a time, of which each that is slow
	// holds a thread: 10,000 small ones take 13 s and 1.7 GiB all at once, and 1 s a
	// few at a time.
	mostFiles = 256
	// makesWay is how long a file may be at work before it makes way for others.
	makesWay = 100 * time.Millisecond
)

// What a run and its sources have open at most: the run itself; a server's connection,
// with another one where that may stand by to cancel; a SQLite database with its -wal
// and -shm, SQLite's temporary file, and a file for rows.
const (
	openByRun    = 32
	openByServer = 1
	openByFile   = 5
)

// Of the descriptors for servers one in reserved is kept back for what comes beside
// their connections: one half for cancelling, at most besideAtOnce at a time, the rest
// for files of rows that wait and for finding names. At least one server and what it
// needs beside are leastByServer.
const (
	reserved      = 4
	besideAtOnce  = 512
	leastByServer = 3
)

// Admit returns each target the limits that it counts in. It is an error if so few files
// may be open that not even one source could be asked.
func (l Limits) Admit(targets Targets, d config.Defaults) error {
	open := descriptors()
	if least := openByRun + leastByServer + openByFile; open < least {
		return fmt.Errorf("only %d files may be open at once, and %d are needed at least: raise the limit, as with ulimit -n 1024", open, least)
	}
	servers, files, connections := 0, 0, 0
	var products []string // that the files are of
	for i := range targets {
		switch o := targets[i].Opened; {
		case o.Err != nil: // it opens nothing
		case o.Server == "":
			files++
			if d := o.Kind; d != nil && !slices.Contains(products, d.Products[0]) {
				products = append(products, d.Products[0])
			}
		default:
			servers++
			connections += openByServer
			if o.Kind.StandsBy {
				connections++
			}
		}
	}
	room := open - openByRun
	if files > 0 && servers > 0 {
		room /= 2
	}
	deep := filesAtOnce(strings.Join(products, " and ")+" files", room/openByFile)
	wide, beside := serversAtOnce(room, servers, connections)
	own := l.perServer(targets, d)
	for i := range targets {
		task := &targets[i].Task
		switch o := targets[i].Opened; {
		case o.Err != nil:
		case o.Server == "":
			task.Limits = deep
		default:
			task.Limits = append([]*query.Limit{own[o.Server]}, wide...)
			task.Request.Standby = beside
		}
	}
	return nil
}

// filesAtOnce begins with a few, and lets more be out once those are slow, as far as
// there is room.
func filesAtOnce(what string, room int) []*query.Limit {
	most, why := mostFiles, ""
	if room < most {
		most, why = max(room, 1), tooMany // Admit has seen to it that there is room for one
	}
	text := fmt.Sprintf("at most %d %s at once%s", most, what, why)
	first := &query.Limit{What: text, Most: min(2*runtime.GOMAXPROCS(0), (most+1)/2)}
	if slow := most - first.Most; slow > 0 {
		first.Overflow, first.AtMost = &query.Limit{What: text, Most: slow}, makesWay
	}
	return []*query.Limit{first}
}

// foundPerServer is how many sources of one server are asked at once if some of them were
// found there and nobody says otherwise: nobody has counted them.
const foundPerServer = 16

// tooMany is why there may be no more at once.
const tooMany = ", as more would have too many files open: ulimit -n"

// serversAtOnce returns the limits of all servers, which need so many connections, within
// a room of descriptors: as many may wait for an answer as have one, and few of them are
// connected to at a time. The pool is for what cancels.
func serversAtOnce(room, servers, connections int) ([]*query.Limit, driver.Pool) {
	kept := max(room/reserved, 2)
	most := max((room-kept)*servers/max(connections, 1), 1)
	open := &query.Limit{What: fmt.Sprintf("at most %d servers at once%s", most, tooMany), Most: most}
	few := handshakes * runtime.GOMAXPROCS(0)
	connect := &query.Limit{What: "a few servers are connected to at a time", Most: few, Until: driver.Query, AtMost: waitsApart, Idle: idle}
	return []*query.Limit{open, connect}, driver.NewPool(min(kept/2, besideAtOnce))
}

// perServer returns the limit of each server: by the request, else by the lowest that one
// of the sources says, else by the config's defaults, else as many as sources are on it
// until it refuses one.
func (l Limits) perServer(targets Targets, d config.Defaults) map[string]*query.Limit {
	sharing, own, found := map[string]int{}, map[string][]int{}, map[string]bool{}
	for i := range targets {
		server := targets[i].Opened.Server
		sharing[server]++
		if n := targets[i].Config.PerServer; n != nil {
			own[server] = append(own[server], *n)
		}
		found[server] = found[server] || targets[i].Config.Found
	}
	delete(sharing, "")
	limits := map[string]*query.Limit{}
	for server, n := range sharing {
		most := l.UsualPerServer
		switch {
		case l.PerServer != nil:
			most = *l.PerServer
		case len(own[server]) > 0:
			most = lowest(own[server])
		case d.PerServer != nil:
			most = *d.PerServer
		case most == 0 && found[server]:
			most = foundPerServer
		}
		limit := &query.Limit{Server: server, Most: n}
		if most > 0 && n > most {
			limit.What, limit.Most = fmt.Sprintf("at most %d at once on %s: %s", most, server, l.Spelling.Name(OptionPerServer)), most
		}
		limits[server] = limit
	}
	return limits
}

// lowest is the lowest limit, where 0 is none.
func lowest(limits []int) int {
	limits = slices.DeleteFunc(slices.Clone(limits), func(n int) bool { return n == 0 })
	if len(limits) == 0 {
		return 0
	}
	return slices.Min(limits)
}
