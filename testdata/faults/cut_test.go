// The connection is cut at every byte of a reply, or is only slow.

package faults_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// concurrentCells is the number of cells that run at the same time.
const concurrentCells = 64

// A recording is a complete small reply. ready is the number of its bytes that arrived during the
// handshake, before the query was sent.
type recording struct {
	bytes []byte
	ready int
}

// record runs a query once and records the reply. The deadline is part of the reply, since MySQL
// gets it and sends it back.
func (r *rig) record(t *testing.T, timeout time.Duration) recording {
	t.Helper()
	c := cell{fault: "no fault at all", statement: upTo(5), plan: always(fault{})}
	ready := 0
	c.entered = func(p driver.Phase) {
		if p == driver.Query {
			ready = int(c.proxy.passed.Load())
		}
	}
	r.run(t, timeout, &c)
	if ready == 0 || ready >= len(c.proxy.reply) {
		t.Fatalf("the query was sent after %d bytes of %d", ready, len(c.proxy.reply))
	}
	return recording{c.proxy.reply, ready}
}

func TestCutAtEveryByte(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		whole := r.record(t, endTimeout)
		for _, how := range []breakage{fin, reset, stall} {
			step := map[breakage]int{fin: 23, reset: 59, stall: 47}[how]
			if thorough {
				step = 1
			}
			t.Run(how.String(), func(t *testing.T) {
				timeout := endTimeout
				if how == stall {
					timeout = r.usualTimes(t, concurrentCells).end
					whole = r.record(t, timeout)
				}
				var cells []*cell
				for n := 0; n < len(whole.bytes); n += step {
					cells = append(cells, cut(how, n, whole.ready))
				}
				cells = append(cells, cut(how, len(whole.bytes)-1, whole.ready))
				for begin := 0; begin < len(cells); begin += concurrentCells {
					r.run(t, timeout, cells[begin:min(begin+concurrentCells, len(cells))]...)
				}
			})
		}
	})
}

// cut returns a cell in which only n bytes of the reply arrive.
func cut(how breakage, n, ready int) *cell {
	c := &cell{
		fault: fmt.Sprintf("reply cut at each byte by %s", how), name: fmt.Sprintf("byte %d", n),
		statement: upTo(5), plan: always(fault{how: how, after: n}),
		state: failed, from: driver.Connect, to: driver.Auth, attempts: []int{3},
	}
	switch {
	case how == stall:
		c.state, c.attempts, c.says = timedOut, nil, "timed out"
		c.fault = "reply stalls at each byte"
	case n >= ready && how == reset:
		// A reset also discards bytes that have arrived and were not read.
		c.from, c.to, c.attempts = driver.Connect, driver.Verify, []int{2, 3}
		return c
	case n >= ready:
		c.attempts = []int{2}
	}
	if n >= ready {
		c.from, c.to = driver.Query, driver.Verify
	}
	return c
}

func TestSlowLines(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		whole := r.record(t, endTimeout)
		r.run(t, endTimeout, []*cell{
			{fault: "a byte at a time", statement: upTo(20), plan: always(fault{trickle: true})},
			{fault: "latency of 200 ms each way", statement: upTo(rowsOfN), plan: always(fault{latency: 200 * time.Millisecond})},
			{fault: "line broken once in the rows, then fine", name: "FIN", statement: upTo(rowsOfN), plan: once(fault{how: fin, after: whole.ready + 40_000}), attempts: []int{2}},
			{fault: "line broken once in the rows, then fine", name: "RST", statement: upTo(rowsOfN), plan: once(fault{how: reset, after: whole.ready + 40_000}), attempts: []int{2}},
			{fault: "line cut after the last byte", statement: upTo(5), plan: always(fault{how: fin, after: len(whole.bytes)})},
			{fault: "stall in the rows", statement: upTo(rowsOfN), plan: once(fault{how: stall, after: whole.ready + 40_000}), timeout: soon, state: timedOut, from: driver.Stream, to: driver.Stream, says: "timed out"},
		}...)
	})
}

// once returns a plan in which only the first connection has the fault.
func once(f fault) func(int) fault {
	return func(i int) fault {
		if i == 0 {
			return f
		}
		return fault{}
	}
}

// A row is removed from the reply, and the framing of the protocol does not show that.
func TestARowThatIsMissing(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		whole := r.record(t, endTimeout)
		found := r.rowsIn(whole)
		if len(found) != 5 {
			t.Fatalf("%d rows in the reply, want 5", len(found))
		}
		var cells []*cell
		for i, at := range found {
			c := &cell{
				fault: "a row vanishes from the reply", name: fmt.Sprintf("row %d", i+1), statement: upTo(5),
				plan: always(fault{omit: at}), state: failed, from: driver.Query, to: driver.Verify,
				attempts: []int{1, 2},
			}
			if r.clientFirst {
				c.says, c.from = "the server counted 5 rows, and 4 arrived", driver.Verify
			}
			cells = append(cells, c)
		}
		r.run(t, endTimeout, cells...)
	})
}

// rowsIn returns the positions of the messages with rows. It finds them by the text that each row
// contains.
func (r *rig) rowsIn(whole recording) (found [][2]int) {
	for at := 0; at < len(whole.bytes); {
		size := r.message(whole.bytes[at:])
		if bytes.Contains(whole.bytes[at:at+size], []byte("row ")) {
			found = append(found, [2]int{at, at + size})
		}
		at += size
	}
	return found
}
