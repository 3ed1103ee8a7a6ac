// How many handshakes at once keep the cores busy.

package query

import (
	"cmp"
	"time"
)

// A pace says how many handshakes may be under way at once. Too few leave our cores with
// nothing to do while servers answer; too many only wait for each other: each takes
// longer, and none is done sooner. How long a handshake takes does not tell the two
// apart, since a server that is far away takes long however few there are. What tells
// them apart is whether more of them end in a time when more are under way.
//
// A round is as many handshakes as there are places. When our cores were idle at most of
// the looks during a round, the next one has half as many places more; and if that has
// not made handshakes end faster, they are taken back, for some rounds. After a round in
// which the cores were busy there is an eighth less, so that no more is under way than
// keeps them so.
//
// Where the cores are idle and no handshake ends for as long as one takes, or for
// mostQuiet, those who hold the places have nothing for us to do, and others go on as well
// them: first as many as there are places at least, and twice as many each time after.
type pace struct {
	width, least int
	ended        int           // handshakes of this round
	since        time.Time     // its begin
	idle, looks  int           // of it
	fewer        int           // places of the round before, if they were fewer, or 0
	rate         float64       // of that round, in handshakes a second
	rest         int           // rounds for which no more are tried
	takes        time.Duration // a handshake, about; 0 is not known
	heard        time.Time     // when one ended, or the cores were not idle, or others went on
	quiet        int           // how often others went on since a handshake ended
}

const (
	// look is how often it is seen whether the cores are idle, while sources wait.
	look = time.Millisecond
	// pays is how much faster handshakes must end for half as many places more.
	pays = 1.15
	// resting is for how many rounds no more places are tried when some were of no use.
	resting = 8
	// mostQuiet is how long it may be quiet at most before others go on.
	mostQuiet = 10 * time.Millisecond
	// mostMore is how many times the least number of places are let go on at a look.
	mostMore = 16
)

func newPace(width int) *pace { return &pace{width: width, least: width} }

// reached notes how long a handshake has taken that ended well.
func (p *pace) reached(took time.Duration) {
	if p.takes == 0 {
		p.takes = took
	}
	p.takes += (took - p.takes) / 8
}

// end notes that a handshake has ended, well or not.
func (p *pace) end(now time.Time) {
	p.heard, p.quiet = now, 0
	if p.since.IsZero() {
		p.since = now
	}
	if p.ended++; p.ended < p.width || !now.After(p.since) {
		return
	}
	rate := float64(p.ended) / now.Sub(p.since).Seconds()
	fewer := p.fewer
	p.fewer = 0
	switch {
	case fewer > 0 && rate < pays*p.rate:
		p.width, p.rest = fewer, resting
	case p.looks > 0 && 2*p.idle <= p.looks:
		p.width = max(p.width-p.width/8, p.least)
	case p.rest > 0:
		p.rest--
	case p.looks > 0:
		p.fewer, p.rate = p.width, rate
		p.width += p.width / 2
	}
	p.ended, p.since, p.idle, p.looks = 0, now, 0, 0
}

// look notes whether the cores are idle, and gives how many of those that hold a place
// are to give it up for others.
func (p *pace) look(now time.Time, idle bool) (more int) {
	p.looks++
	if !idle || p.heard.IsZero() {
		p.heard = now
		return 0
	}
	p.idle++
	if now.Sub(p.heard) < min(cmp.Or(p.takes, mostQuiet), mostQuiet) {
		return 0
	}
	p.heard = now
	p.quiet++
	return p.least * min(1<<min(p.quiet-1, 10), mostMore)
}
