// The default of --memory, which depends on the limits of control groups.

package process

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestHostileTheDefaultMemoryIsAQuarterOfTheGroups(t *testing.T) {
	const mib = 1 << 20
	for what, c := range map[string]struct {
		files map[string]string
		limit int64
		want  int64
	}{
		"no proc": {nil, 0, 256 * mib},
		"version 2": {map[string]string{
			"proc/self/cgroup":              "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":  "157286400\n",
			"sys/fs/cgroup/a/memory.max":    "max\n",
			"sys/fs/cgroup/a/memory.high":   "1\n",
			"sys/fs/cgroup/cgroup.procs":    "",
			"sys/fs/cgroup/memory.max.junk": "1",
		}, 150 * mib, 150 * mib / 4},
		"version 2, the limit around it": {map[string]string{
			"proc/self/cgroup":             "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "max\n",
			"sys/fs/cgroup/a/memory.max":   "104857600\n",
		}, 100 * mib, 25 * mib},
		"version 2 in a container": {map[string]string{
			"proc/self/cgroup":         "0::/\n",
			"sys/fs/cgroup/memory.max": "209715200\n",
		}, 200 * mib, 50 * mib},
		"version 2 without a limit": {map[string]string{
			"proc/self/cgroup":           "0::/a\n",
			"sys/fs/cgroup/a/memory.max": "max\n",
		}, 0, 256 * mib},
		"version 1": {map[string]string{
			"proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/x\n0::/\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "157286400\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   "9223372036854771712\n",
		}, 150 * mib, 150 * mib / 4},
		"version 1 in a container that has the host's path": {map[string]string{
			"proc/self/cgroup":                           "4:memory:/docker/abc\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "104857600\n",
		}, 100 * mib, 25 * mib},
		"both, side by side": {map[string]string{
			"proc/self/cgroup":                   "0::/y\n",
			"sys/fs/cgroup/unified/y/memory.max": "104857600\n",
		}, 100 * mib, 25 * mib},
		"a large limit":    {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "8589934592\n"}, 8192 * mib, 256 * mib},
		"a tiny limit":     {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4096\n"}, 4096, 16 << 10},
		"not a number":     {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "x\n"}, 0, 256 * mib},
		"not a cgroup":     {map[string]string{"proc/self/cgroup": "junk\n:\n"}, 0, 256 * mib},
		"a path with dots": {map[string]string{"proc/self/cgroup": "0::/../x\n", "sys/fs/cgroup/memory.max": "104857600\n"}, 100 * mib, 25 * mib},
	} {
		t.Run(what, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				path := filepath.Join(root, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			limit := MemoryLimit(root)
			if got := DefaultMemory(limit); limit != c.limit || got != c.want {
				t.Errorf("the limit is %d and the default %d, want %d and %d", limit, got, c.limit, c.want)
			}
		})
	}
}

func TestMemoryKeepsToTheAddressesThatAreLeft(t *testing.T) {
	const mib = 1 << 20
	for _, c := range [][3]int64{
		{256 * mib, 0, 256 * mib},
		{256 * mib, 200 * mib, 50 * mib},
		{32 * mib, 200 * mib, 32 * mib},
		{32 * mib, 1, LeastMemory},
		{20 << 10, 4 * mib, 20 << 10},
	} {
		if got := Within(c[0], c[1]); got != c[2] {
			t.Errorf("%d of %d addresses: %d, want %d", c[0], c[1], got, c[2])
		}
	}
	if left := AddressesLeft(); left < 0 {
		t.Errorf("%d addresses are left", left)
	}
}
