// How many handshakes at once keep the cores busy.

package query

import (
	"cmp"
	"time"
)

// A pace decides how many handshakes run at once. With too few, our cores idle while
// servers answer; with too many, each takes longer and none is done sooner. The duration of
// a handshake does not show which of the two it is, since a distant server is slow in any
// case. So the pace runs more of them, and checks whether more handshakes end per second.
//
// A round is as many handshakes as there are places. If our cores were idle at most checks
// during a round, the next round has half as many places more. If handshakes then do not
// end faster, these places are removed again, and for some rounds none is added. After a
// round in which the cores were busy, an eighth of the places is removed. So no more
// handshakes run than are needed to keep the cores busy.
//
// If the cores are idle and no handshake ends for as long as one usually takes, or for
// mostQuiet, then the running handshakes wait for their servers. Then others start beside
// them: at first as many as the least number of places, and each time after that twice as
// many, up to mostMore.
type pace struct {
	width, least int
	ended        int           // handshakes that have ended in this round
	since        time.Time     // the start of this round
	idle, looks  int           // checks in this round: those that found idle cores, and all checks
	fewer        int           // the number of places in the round before, if it was lower; else 0
	rate         float64       // handshakes per second in that round
	rest         int           // the number of rounds in which no places are added
	takes        time.Duration // the usual duration of a handshake; 0 if it is not known
	heard        time.Time     // the last time when a handshake ended, the cores were busy, or others started
	quiet        int           // how often others have started since a handshake ended
}

const (
	// look is the time between two checks whether the cores are idle, while sources wait.
	look = time.Millisecond
	// pays is the ratio of new to old speed that justifies half as many places more.
	pays = 1.15
	// resting is the number of rounds without new places after some were of no use.
	resting = 8
	// mostQuiet is the longest time without the end of a handshake before others start.
	mostQuiet = 5 * time.Millisecond
	// mostMore bounds how many others start at one check. It is a multiple of the least
	// number of places.
	mostMore = 4
)

func newPace(width int) *pace { return &pace{width: width, least: width} }

// reached records the duration of a successful handshake.
func (p *pace) reached(took time.Duration) {
	if p.takes == 0 {
		p.takes = took
	}
	p.takes += (took - p.takes) / 8
}

// end records the end of a handshake, successful or not.
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

// look records whether the cores are idle. It returns how many handshakes must give up
// their places to others.
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
