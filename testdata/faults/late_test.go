// A cancel that takes its time on the way.

package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/config"
)

// Over a slow line the usual grace may be too short to see a query end. It must
// end all the same: the server's own limit is far away here. MariaDB looks after
// its client's connection while it sleeps or waits, so there it computes.
func TestACancelOverASlowLine(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		r.grace = query.DefaultGrace
		q := r.asleep()
		if r.kind == config.MySQL {
			q.sql = "select benchmark(1e12, md5('x'))"
		}
		latencies := []time.Duration{100 * time.Millisecond}
		if thorough {
			latencies = append(latencies, 200*time.Millisecond)
		}
		for _, latency := range latencies {
			slowly := fault{latency: latency}
			c := &cell{
				fault: fmt.Sprintf("cancel over a line with %v each way", latency), question: q, plan: always(slowly), cancels: slowly,
				url:   strings.Replace(r.through(r.host()), r.host(), "%s", 1),
				state: timedOut, from: ask.Query, to: ask.Query, says: "timed out",
				cancel: []ask.Cancel{ask.Confirmed, ask.Sent, ask.Unknown}, lingers: 4 * time.Second,
			}
			if r.kind == config.MySQL && latency > 100*time.Millisecond {
				// Six round trips do not fit into the grace: that is said, and
				// the server's own limit ends the query.
				c.cancel, c.lingers = []ask.Cancel{ask.Sent, ask.Unknown}, 20*time.Second
			}
			t.Run(latency.String(), func(t *testing.T) { r.run(t, 4*time.Second, r.limited(t, c, 15*time.Second)) })
		}
	})
}
