package testkit

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// measured runs a shell script. It returns the peak memory that the gauge measured, and the one
// that the system reports.
func measured(t *testing.T, script string) (peak, reported int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	g := Watch(cmd)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	peak, err := g.Peak(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return peak, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
}

// The shell uses 64 MiB for a moment, and then releases them.
const holds = "x=$(head -c 67108864 /dev/zero | tr '\\0' x); x=; sleep 0.05"

func TestAGaugeMeasuresTheChild(t *testing.T) {
	const held = 64 << 20
	if peak, reported := measured(t, holds); peak < held || peak > reported {
		t.Errorf("the gauge measured %d KiB, and the system reports %d", peak>>10, reported>>10)
	}
	fat := make([]byte, 512<<20)
	for i := 0; i < len(fat); i += 4096 {
		fat[i] = 1
	}
	if peak, reported := measured(t, "sleep 0.05"); peak < 1<<18 || peak > 32<<20 || reported < int64(len(fat)) {
		t.Errorf("a child of a large process took %d KiB, and the system reports %d", peak>>10, reported>>10)
	}
	if peak, _ := measured(t, holds); peak < held || peak > 8*held-1 {
		t.Errorf("a child of a large process that uses 64 MiB took %d KiB", peak>>10)
	}
	runtime.KeepAlive(fat)
}
