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
)

const (
	// serversAtOnce is how many servers are begun with: 100 of them answer within
	// 0.15 s of the slowest, and more at a time would only wait for each other.
	serversAtOnce = 128
	// mostServers are out at a time once the first ones have turned out to be slow.
	mostServers = 1024
	// mostFiles is that of SQLite files, of which each that is slow holds a thread:
	// 10,000 small ones take 13 s and 1.7 GiB all at once, and 1 s a few at a time.
	mostFiles = 256
	// makesWay is how long a source may be at work before it makes way for others.
	makesWay = 100 * time.Millisecond
)

// What a run and its sources have open at most: the run itself; a server's
// connection, one beside it to cancel, and a file for rows that wait; a SQLite
// database with its -wal and -shm, SQLite's temporary file, and a file for rows.
const (
	openByRun    = 32
	openByServer = 3
	openByFile   = 5
)

// Admit gives each target the limits that it counts in. It is an error if so few files
// may be open that not even one source could be asked.
func (l Limits) Admit(targets Targets, d config.Defaults) error {
	open := descriptors()
	if open < openByRun+openByServer+openByFile {
		return fmt.Errorf("only %d files may be open at once, and %d are needed at least: raise the limit, as with ulimit -n 1024",
			open, openByRun+openByServer+openByFile)
	}
	servers, files := 0, 0
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
		}
	}
	room := open - openByRun
	if files > 0 && servers > 0 {
		room /= 2
	}
	wide := atOnce("servers", serversAtOnce, mostServers, room/openByServer)
	deep := atOnce(strings.Join(products, " and ")+" files", 2*runtime.GOMAXPROCS(0), mostFiles, room/openByFile)
	narrow := l.perServer(targets, d)
	for i := range targets {
		task := &targets[i].Task
		switch o := targets[i].Opened; {
		case o.Err != nil:
		case o.Server == "":
			task.Limits = deep
		case narrow[o.Server] != nil:
			task.Limits = []*query.Limit{narrow[o.Server], wide[0]}
		default:
			task.Limits = wide
		}
	}
	return nil
}

// atOnce begins with a few, and lets more be out once those are slow: most in all,
// but no more than there is room for.
func atOnce(what string, few, most, room int) []*query.Limit {
	text := fmt.Sprintf("at most %d %s at once", most, what)
	if room < most {
		most = max(room, 1) // Admit has seen to it that there is room for one of each
		text = fmt.Sprintf("at most %d %s at once, as more would have too many files open: ulimit -n", most, what)
	}
	first := &query.Limit{What: text, Most: min(few, (most+1)/2)}
	if slow := most - first.Most; slow > 0 {
		first.Overflow, first.DemoteAfter = &query.Limit{What: text, Most: slow}, makesWay
	}
	return []*query.Limit{first}
}

// foundPerServer is how many sources of one server are asked at once if some of them were
// found there and nobody says otherwise: nobody has counted them.
const foundPerServer = 16

// perServer gives the limits of servers on which more sources are asked than may be at
// once: by the request, else by the lowest that one of the sources says, else by the
// config's defaults, else as is usual.
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
		if server != "" && most > 0 && n > most {
			limits[server] = &query.Limit{What: fmt.Sprintf("at most %d at once on %s: %s", most, server, l.Spelling.Name(OptionPerServer)), Most: most}
		}
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
