// Temporary files leave room on the disk.

package query

import (
	"errors"
	"strings"
	"testing"
)

func TestATemporaryFileLeavesRoomOnTheDisk(t *testing.T) {
	const before = 100 << 20
	for name, c := range map[string]struct {
		others int64 // bytes that other programs write meanwhile
		known  bool
		most   int64 // how large the file can become; 0 is without limit
	}{
		"alone":            {0, true, 90 << 20},
		"beside others":    {40 << 20, true, 50 << 20},
		"nothing is known": {0, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &spill{folder: t.TempDir()}
			defer s.close()
			s.room.free = func(string) (int64, bool) {
				others := c.others
				if s.room.first == 0 {
					others = 0
				}
				return before - s.size - others, c.known
			}
			b := numbered(4000, func() int { return 4000 })[0]
			defer b.Release()
			var err error
			for err == nil && s.size < before {
				err = s.write(b)
			}
			if c.most == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			full, ok := errors.AsType[*SpillError](err)
			if !ok || !strings.Contains(err.Error(), " MiB, and leaves only ") || full.Folder != s.folder {
				t.Fatalf("%v", err)
			}
			if s.size < c.most || s.size > c.most+roomEvery+1<<20 {
				t.Errorf("the file had %d bytes, want %d at most", s.size, c.most)
			}
		})
	}
}
