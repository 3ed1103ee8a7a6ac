// Contests of thousands of servers that all answer at the same time.
package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

// A size is a number of servers, and the limit for the ratio of fanql's time to the time of
// asyncio.gather.
type size struct {
	servers int
	python  float64
}

var sizes = []size{{1000, 1.00}, {5000, 0.65}, {9000, 0.50}}

var mysqlSizes = []int{1000, 5000}

// moreFiles is the number of open files that a contest needs in addition to one for each server.
const moreFiles = 1000

// One in oneIn servers is dead, and another one hangs.
const oneIn = 20

// crowds returns the contests with the stand-in's servers. left has the contests that cannot run on
// this machine, and the reasons.
func (r ring) crowds(ctx context.Context) (all []contest, left []string) {
	if runtime.GOOS != "linux" {
		return nil, []string{"contests of thousands of servers are left out: only Linux has all of 127.0.0.0/8 on loopback"}
	}
	_, missing := exec.LookPath(python)
	if missing != nil {
		left = append(left, "contests against asyncio.gather are left out: there is no "+python)
	}
	for _, s := range sizes {
		if open := openFiles(ctx); open < s.servers+moreFiles {
			left = append(left, fmt.Sprintf("contests of %s servers are left out: ulimit -Hn is %d, and %d files are to be open at once",
				thousands(s.servers), open, s.servers+moreFiles))
			continue
		}
		work := thousands(s.servers) + " servers that answer after 0.2 s"
		urls := r.crowd.URLs(testkit.Healthy, s.servers)
		all = append(all, contest{work: work, against: "a goroutine each with pgconn", limit: limit{ratio: 1.30}, ours: r.fanql(urls), theirs: r.each(urls)})
		if missing == nil {
			all = append(all, contest{work: work, against: "Python's `asyncio.gather`", limit: limit{ratio: s.python}, ours: r.fanql(urls), theirs: r.gather(s.servers)})
		}
		part := s.servers / oneIn
		well := urls[:s.servers-2*part]
		mixed := slices.Concat(r.crowd.URLs(testkit.Dead, part), r.crowd.URLs(testkit.Hanging, part), well)
		all = append(all, contest{
			work: "the healthy of " + thousands(s.servers) + " servers, 5% dead and 5% hanging", against: "fanql and the healthy alone",
			limit: limit{ratio: 1.10}, ours: r.until(len(well), mixed), theirs: r.until(len(well), well),
		})
		if few := sizes[0].servers; s.servers > few {
			all = append(all, contest{
				work: "CPU time for each of " + thousands(s.servers) + " servers", against: "for each of " + thousands(few),
				limit: limit{ratio: 1.10}, ours: perSource(r.fanql(urls), s.servers), theirs: perSource(r.fanql(urls[:few]), few),
			})
		}
	}
	for _, servers := range mysqlSizes {
		if open := openFiles(ctx); open < servers+moreFiles {
			continue // other contests report that
		}
		urls := r.mysqlCrowd.URLs(testkit.Healthy, servers)
		all = append(all, contest{
			work: thousands(servers) + " MySQL servers that answer after 0.2 s", against: "a goroutine each with go-sql-driver/mysql",
			limit: limit{ratio: 1.30}, ours: r.fanql(urls), theirs: r.each(urls),
		})
	}
	return all, left
}

// numbered returns -s for each URL. The names of the sources are numbered.
func numbered(urls []string) (args []string) {
	for i, u := range urls {
		args = append(args, "-s", fmt.Sprintf("s%d=%s", i, u))
	}
	return args
}

func (r ring) command(urls []string) []string {
	return append([]string{r.bin, "query", "-q", "--csv", "--no-source-column", "--timeout", "10m", asleepFor(urls[0])}, numbered(urls)...)
}

// asleepFor returns the query that sleeps on a server with this kind of URL.
func asleepFor(url string) string {
	if strings.HasPrefix(url, "mysql:") {
		return mysqlAsleep
	}
	return asleep
}

// fanql returns a run of fanql that prints a row of each server.
func (r ring) fanql(urls []string) runner {
	const header = 1
	return drained(r.command(urls), header+len(urls))
}

// until returns a run of fanql that is measured until it has printed that number of rows.
func (r ring) until(rows int, urls []string) runner {
	const header = 1
	return untilLine(r.command(urls), nil, header+rows)
}

// perSource returns a runner whose time is the processor time for each source.
func perSource(run runner, sources int) runner {
	return func(ctx context.Context) (measure, error) {
		m, err := run(ctx)
		m.time = m.cpu / time.Duration(sources)
		return m, err
	}
}

// openFiles returns the largest number of files that a process may open. Go's runtime raises its
// own soft limit to the hard limit, and the script does the same.
func openFiles(ctx context.Context) int {
	n, err := strconv.Atoi(output(ctx, "sh", "-c", "ulimit -Hn"))
	if err != nil {
		return 1 << 30 // there is no limit
	}
	return n
}

// thousands writes a number with a comma.
func thousands(n int) string { return fmt.Sprintf("%d,%03d", n/1000, n%1000) }
