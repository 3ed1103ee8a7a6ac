package hostile_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/hostile"
	"github.com/fanql/fanql/testdata/testkit"
)

// mostResident is the memory that the whole program may use: 16 MiB for --memory, and the rest for
// the program itself. It used 45 MiB in total.
const mostResident = (16 + 64) << 20

// The system measures the program's memory, for the lies that claim the largest sizes.
func TestHostileNoLieMakesTheProgramLarge(t *testing.T) {
	program, done, err := testkit.Program()
	t.Cleanup(done) // after the subtests
	if err != nil {
		t.Fatal(err)
	}
	runAgainst := func(t *testing.T, url string) {
		cmd := exec.CommandContext(t.Context(), program, "query", "-q", "--csv", "--timeout", "2s", "--memory", "16MiB", "-s", "liar="+url, "select note")
		home := t.TempDir()
		cmd.Dir, cmd.Env = home, append(os.Environ(), "HOME="+home, "TMPDIR="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"))
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		begun := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		g := testkit.Watch(cmd)
		_ = cmd.Wait() // some lies do no harm, so the exit status may be 0
		took := time.Since(begun)
		peak, err := g.Peak(cmd)
		if err != nil {
			t.Fatal(err)
		}
		if status := cmd.ProcessState.ExitCode(); peak > mostResident || took > mostTime || status != 0 && status != 1 || said.Len() > 32<<10 {
			t.Errorf("%d MiB, %v, exit status %d, it printed %d bytes:\n%.500s", peak>>20, took, status, said.Len(), said.Bytes())
		}
	}
	for _, c := range []struct {
		name   string
		serve  func(testing.TB, hostile.Lie) (string, func() []hostile.Field)
		url    string
		honest func(*testing.T, string) source
	}{
		{"MySQL", hostile.MySQL, "mysql://reader:secret@ADDRESS/shop", openMySQL},
		{"PostgreSQL", hostile.Postgres, "postgres://reader:secret@ADDRESS/shop?sslmode=disable", openPostgres},
	} {
		address, seen := c.serve(t, hostile.Lie{})
		if text, err := measured(t, c.honest(t, address)); text != "fine" || err != nil {
			t.Fatalf("the honest server: %q, %v", text, err)
		}
		lies := 0
		for _, lie := range hostile.Lies(seen()) {
			if lie.Kind != "maximum" {
				continue
			}
			lies++
			t.Run(c.name+", "+lie.String(), func(t *testing.T) {
				t.Parallel() // each test measures its own process, and they mostly wait
				address, _ := c.serve(t, lie)
				runAgainst(t, strings.Replace(c.url, "ADDRESS", address, 1))
			})
		}
		if lies < 10 {
			t.Errorf("%s: only %d lies", c.name, lies)
		}
	}
}
