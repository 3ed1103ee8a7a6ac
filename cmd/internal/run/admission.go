// How many sources run at once: over all servers, on one server, and of files.

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
	// handshakes is the initial number of concurrent connection attempts for each core;
	// measurements then decide how many keep the cores busy. An attempt that gets no answer
	// within countsFor no longer counts, because it takes no CPU time here.
	handshakes = 32
	countsFor  = 50 * time.Millisecond
	// mostFiles is how many SQLite files are open at a time. Each slow one occupies a
	// thread: 10,000 small ones take 13 s and 1.7 GiB all at once, and 1 s a few at a
	// time.
	mostFiles = 256
	// makesWay is how long a file may run before it no longer keeps others waiting.
	makesWay = 100 * time.Millisecond
)

// The largest numbers of open descriptors: of the run itself; of a server's connection, and
// of a standby connection for cancelling; of a SQLite database with its -wal and -shm,
// SQLite's temporary file, and a file for rows.
const (
	openByRun    = 32
	openByServer = 1
	openByFile   = 5
)

// One in reserved of the descriptors for servers is kept for other purposes than their
// connections: one half for cancelling, at most cancelsAtOnce at a time, the rest for
// files of waiting rows and for finding names. A single server needs leastByServer.
const (
	reserved      = 4
	cancelsAtOnce = 512
	leastByServer = 3
)

// ManyServers is the number of servers from which connecting to them is most of a run's
// work.
const ManyServers = 256

// Admit sets the limits of each target. It returns an error if so few files may be open
// that not even one source could run.
func (l Limits) Admit(targets Targets, d config.Defaults) error {
	open := descriptors()
	if least := openByRun + leastByServer + openByFile; open < least {
		return fmt.Errorf("only %d files may be open at once, and %d are needed at least: raise the limit, as with ulimit -n 1024", open, least)
	}
	servers, files, connections := 0, 0, 0
	var products []string // the products of the files
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
	wide, pool := serversAtOnce(room, servers, connections)
	own := l.perServer(targets, d)
	for i := range targets {
		task := &targets[i].Task
		switch o := targets[i].Opened; {
		case o.Err != nil:
		case o.Server == "":
			task.Limits = deep
		default:
			task.Limits = append([]*query.Limit{own[o.Server]}, wide...)
			task.Request.Standby, task.Request.FewTrips = pool, len(own) >= ManyServers
		}
	}
	return nil
}

// filesAtOnce returns limits that begin with a few files, and let more run if those are
// slow, as far as there is room.
func filesAtOnce(what string, room int) []*query.Limit {
	most, why := mostFiles, ""
	if room < most {
		most, why = max(room, 1), tooMany // Admit has ensured that there is room for one
	}
	text := fmt.Sprintf("at most %d %s at once%s", most, what, why)
	first := &query.Limit{What: text, Most: min(2*runtime.GOMAXPROCS(0), (most+1)/2)}
	if slow := most - first.Most; slow > 0 {
		first.Overflow, first.AtMost = &query.Limit{What: text, Most: slow}, makesWay
	}
	return []*query.Limit{first}
}

// foundPerServer is how many sources of one server run at once if some of them were
// discovered there and no limit is set. A user does not know how many there are.
const foundPerServer = 16

// tooMany is the reason why no more may run at once.
const tooMany = ", as more would have too many files open: ulimit -n"

// serversAtOnce returns the limits of all servers, which need the given number of
// connections, within a room of descriptors: the room decides how many servers may be
// waiting for an answer, and only a few logins run at a time. The pool is for connections
// that cancel.
func serversAtOnce(room, servers, connections int) ([]*query.Limit, *driver.Pool) {
	kept := max(room/reserved, 2)
	most := max((room-kept)*servers/max(connections, 1), 1)
	open := &query.Limit{What: fmt.Sprintf("at most %d servers at once%s", most, tooMany), Most: most}
	few := handshakes * runtime.GOMAXPROCS(0)
	connect := &query.Limit{What: "a few servers are connected to at a time", Most: few, Until: driver.Query, AtMost: countsFor, Idle: idle}
	return []*query.Limit{open, connect}, driver.NewPool(min(kept/2, cancelsAtOnce))
}

// perServer returns the limit of each server: the request's, else the lowest that one
// of its sources sets, else the config's default, else the number of its sources until
// it refuses one.
func (l Limits) perServer(targets Targets, d config.Defaults) map[string]*query.Limit {
	sharing, own, found := make(map[string]int, len(targets)), map[string][]int{}, map[string]bool{}
	for i := range targets {
		server := targets[i].Opened.Server
		sharing[server]++
		if n := targets[i].Config.PerServer; n != nil {
			own[server] = append(own[server], *n)
		}
		if targets[i].Config.Found {
			found[server] = true
		}
	}
	delete(sharing, "")
	limits := make(map[string]*query.Limit, len(sharing))
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

// lowest returns the lowest limit. 0 means no limit.
func lowest(limits []int) int {
	limits = slices.DeleteFunc(slices.Clone(limits), func(n int) bool { return n == 0 })
	if len(limits) == 0 {
		return 0
	}
	return slices.Min(limits)
}
