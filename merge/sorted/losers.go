// A loser tree: it finds which of several ordered sequences comes next.

package sorted

import (
	"bytes"
	"encoding/binary"
)

// losers finds the least of several contenders. Each inner node of a binary tree keeps the
// contender that lost there. So after the winner has moved on, only the path from its leaf
// to the root is played once more. That takes one comparison for each level, half of what a
// heap needs. Of contenders with equal keys, the one with the lower index wins.
//
//	t := newLosers(n)
//	for i := range n { t.set(i, key) } // or t.end(i)
//	for t.play(); !t.over(); t.replay() { … t.winner() …; t.set(t.winner(), next) }
type losers struct {
	contenders []contender
	tree       []int32 // tree[0] is the winner, tree[i] the loser of inner node i
}

// A contender is the head of one sequence. The first bytes of its key are held as a number,
// since most comparisons need no more.
type contender struct {
	prefix uint64
	key    []byte
	over   bool
}

func newLosers(n int) *losers {
	return &losers{contenders: make([]contender, n), tree: make([]int32, max(n, 1))}
}

// set sets the key of contender i. The bytes belong to the caller, and must not change
// while they are set.
func (t *losers) set(i int, key []byte) {
	t.contenders[i] = contender{prefix: prefix(key), key: key}
}

// end removes contender i.
func (t *losers) end(i int) { t.contenders[i] = contender{over: true} }

// play finds the first winner.
func (t *losers) play() {
	n := len(t.contenders)
	if n < 2 {
		return
	}
	winners := make([]int32, 2*n) // the winner at each node; leaf i is node n+i
	for i := range n {
		winners[n+i] = int32(i)
	}
	for i := n - 1; i > 0; i-- {
		winners[i], t.tree[i] = winners[2*i], winners[2*i+1]
		if t.less(t.tree[i], winners[i]) {
			winners[i], t.tree[i] = t.tree[i], winners[i]
		}
	}
	t.tree[0] = winners[1]
}

// replay finds the next winner, after the key of the last one was set or the last one was
// ended.
func (t *losers) replay() {
	w := t.tree[0]
	for i := (len(t.contenders) + int(w)) / 2; i > 0; i /= 2 {
		if t.less(t.tree[i], w) {
			w, t.tree[i] = t.tree[i], w
		}
	}
	t.tree[0] = w
}

// winner returns the contender with the least key.
func (t *losers) winner() int { return int(t.tree[0]) }

// over reports whether all contenders have ended.
func (t *losers) over() bool {
	return len(t.contenders) == 0 || t.contenders[t.tree[0]].over
}

func (t *losers) less(i, j int32) bool {
	a, b := &t.contenders[i], &t.contenders[j]
	switch {
	case a.over || b.over:
		return !a.over
	case a.prefix != b.prefix:
		return a.prefix < b.prefix
	}
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c < 0
	}
	return i < j
}

// prefix returns the first eight bytes of a key as a number that compares as the bytes do.
// Missing bytes are zero.
func prefix(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var p [8]byte
	copy(p[:], key)
	return binary.BigEndian.Uint64(p[:])
}
