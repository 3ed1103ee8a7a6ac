package run

import "testing"

func TestTheCeilingFollowsTheControlGroup(t *testing.T) {
	for _, c := range []struct {
		memory, group int64
		want, soft    ceiling
	}{
		{64 << 20, 0, ceiling{all: 320<<20 + detector}, ceiling{all: 256<<20 + detector}},
		{64 << 20, 100 << 20, ceiling{all: 320<<20 + detector, own: 75 << 20}, ceiling{all: 256<<20 + detector, own: 75<<20 - 75<<20/16}},
		{64 << 20, 200 << 20, ceiling{all: 320<<20 + detector, own: 128 << 20}, ceiling{all: 256<<20 + detector, own: 120 << 20}},
		{64 << 20, 1 << 30, ceiling{all: 320<<20 + detector, own: 512 << 20}, ceiling{all: 256<<20 + detector, own: 480 << 20}},
		{0, 0, ceiling{}, ceiling{}},
	} {
		if got := ceilingOf(c.memory, c.group); got != c.want || got.soft() != c.soft {
			t.Errorf("%v: %v, %v", c, got, got.soft())
		}
	}
	if all, own := resident(); all < 1<<20 || own < 1<<20 || own > all {
		t.Errorf("%d and then %d bytes are resident", all, own)
	}
	if (ceiling{all: 1 << 20}).passed() != 1<<20 || (ceiling{own: 1 << 20}).passed() != 1<<20 || (ceiling{}).passed() != 0 {
		t.Error("the watch does not see that the ceiling is exceeded")
	}
}

// The cost of one look at the memory. A run looks five hundred times a second.
func BenchmarkResident(b *testing.B) {
	for b.Loop() {
		resident()
	}
}
