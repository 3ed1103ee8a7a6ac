// Full disks: under the result, under the report and under the stages. Each test mounts a
// small disk of its own. Without the right to mount, only the test with /dev/full runs,
// and the others are skipped.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
	"github.com/fanql/fanql/testdata/unprivileged"
)

// needsMount skips a test that may not mount small disks.
func needsMount(t testing.TB) {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("only root may mount, and in a container only with CAP_SYS_ADMIN")
	}
	if err == nil {
		err = syscall.Unmount(dir, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// smallDisk returns a folder with room for 128 KiB, on a file system of its own.
func smallDisk(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillDisk takes all free space of the folder's file system.
func fillDisk(t testing.TB, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// writeOldFile creates a file that a run is to replace or to leave alone.
func writeOldFile(t testing.TB, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("old\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantOldFile checks that the old file is unchanged, and that its folder holds no other
// files than the siblings.
func wantOldFile(t testing.TB, path string, siblings ...string) {
	t.Helper()
	if text, err := os.ReadFile(path); err != nil || string(text) != "old\n" {
		t.Errorf("%s holds %.100q (%v)", filepath.Base(path), text, err)
	}
	wantFiles(t, filepath.Dir(path), append(siblings, filepath.Base(path))...)
}

// wantFiles checks that a folder holds exactly these files.
func wantFiles(t testing.TB, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

// wantRun runs a command and checks its exit status, and that stderr is one line that
// contains all of holds.
func wantRun(t testing.TB, dir string, status int, args []string, holds ...string) (stdout string) {
	t.Helper()
	cmd := program(t, append([]string{"query", "-q"}, args...)...)
	cmd.Env = append(cmd.Env, "TMPDIR="+dir)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if got := exitStatus(t, cmd.Run()); got != status {
		t.Errorf("exit status %d, want %d", got, status)
	}
	if strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("stderr is not one line:\n%s", &stderr)
	}
	for _, want := range holds {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, &stderr)
		}
	}
	return out.String()
}

const full = "no space left on device"

func TestAFullDiskUnderTheResultLeavesTheOldFile(t *testing.T) {
	needsMount(t)
	dbs := seededDatabases(t)
	addDigits(t, dbs)
	many, one := "many="+manyOrders(t, 50000), "one="+manyOrders(t, 1)
	text := saved(t, `-- fanql: sqlite
select id as n from orders
-- fanql: postgres
select 'a text that takes room' || i as n from generate_series(1, 50000) i
-- fanql: mysql
select concat('a text that takes room', a.d) as n from digits a, digits b, digits c, digits d, digits e
`)
	// The text is random, so that compression does not make it small. The rows are few, since a
	// workbook needs much time for each of them.
	random := saved(t, `-- fanql: sqlite
select hex(randomblob(512)) as n from orders limit 3000
-- fanql: postgres
select (select string_agg(md5(i || ' ' || j), '') from generate_series(1, 32) j) as n from generate_series(1, 3000) i
`)
	for _, c := range []struct {
		name, file string
		args       []string
	}{
		{"csv.zst: two sources fill it", "out.csv.zst", []string{"-s", many, "-s", "pg=" + dbs.pg.URL, "-f", random}},
		{"csv.gz: one source fills it", "out.csv.gz", []string{"-s", many, "-f", random}},
		{"xlsx: two sources fill it", "out.xlsx", []string{"-s", many, "-s", "pg=" + dbs.pg.URL, "-f", random}},
		{"parquet: one source fills it", "out.parquet", []string{"-s", "pg=" + dbs.pg.URL, "-f", random}},
		{"parquet: two sources fill it", "out.parquet", []string{"-s", many, "-s", "pg=" + dbs.pg.URL, "-f", random}},
		{"csv: the first source fills it", "out.csv", []string{"-s", many, "-s", one}},
		{"csv: the second source fills it", "out.csv", []string{"-s", one, "-s", many}},
		{"csv: four sources fill it", "out.csv", []string{"-s", many, "-s", "pg=" + dbs.pg.URL, "-s", "my=" + dbs.my.URL, "-s", "ma=" + dbs.ma.URL}},
		{"json: four sources fill it", "out.json", []string{"-s", "pg=" + dbs.pg.URL, "-s", "my=" + dbs.my.URL, "-s", "ma=" + dbs.ma.URL, "-s", many}},
		{"a table", "out.txt", []string{"-s", many, "-s", "pg=" + dbs.pg.URL}},
		{"csv, of all sources that answer", "out.csv", []string{"-s", many, "-s", "pg=" + dbs.pg.URL, "--require", "any"}},
		{"csv, as each source ends", "out.csv", []string{"-s", many, "-s", "pg=" + dbs.pg.URL, "--order", "end"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			disk, tmp := smallDisk(t), t.TempDir()
			out := writeOldFile(t, disk, c.file)
			if !slices.Contains(c.args, "-f") {
				c.args = append(c.args, "-f", text)
			}
			wantRun(t, tmp, 1, append(c.args, "-o", out), "no answer: -o "+out+": "+full, out+" is as it was")
			wantOldFile(t, out)
			wantFiles(t, tmp)
			if left := queriesLeft(dbs, serverLag); left != "" {
				t.Errorf("still running: %s", left)
			}
		})
	}
	t.Run("--stream", func(t *testing.T) {
		disk, tmp := smallDisk(t), t.TempDir()
		out, report := writeOldFile(t, disk, "out.csv"), filepath.Join(t.TempDir(), "report.json")
		wantRun(t, tmp, 1, []string{"-s", many, "--stream", "--report", report, "-f", text, "-o", out}, "-o "+out+": "+full)
		wantOldFile(t, out)
		wantFiles(t, tmp)
		if r := readReport(t, report); r.Result != "none" || r.ExitStatus != 1 {
			t.Errorf("the report says %s (%d)", r.Result, r.ExitStatus)
		}
	})
	t.Run("there was no room for the first byte", func(t *testing.T) {
		disk, tmp := smallDisk(t), t.TempDir()
		out := writeOldFile(t, disk, "out.csv")
		fillDisk(t, disk)
		wantRun(t, tmp, 1, []string{"-s", one, "select 1 as n", "-o", out}, "no answer: -o "+out+": "+full)
		wantOldFile(t, out, "filler")
	})
}

func TestAFullDiskUnderTheReportLeavesTheOldReport(t *testing.T) {
	needsMount(t)
	disk, tmp := smallDisk(t), t.TempDir()
	report := writeOldFile(t, disk, "report.json")
	fillDisk(t, disk)
	// The answer is complete and is printed, but the run could not write the report.
	stdout := wantRun(t, tmp, 1, []string{"-s", "lite=" + smallOrders(t), "--csv", "--report", report, "select id from orders"}, "--report "+report+": "+full)
	if stdout != "source,id\nlite,1\n" {
		t.Errorf("stdout %q", stdout)
	}
	wantOldFile(t, report, "filler")
}

func TestAFullDiskUnderTheStageFailsItsSource(t *testing.T) {
	needsMount(t)
	dbs := seededDatabases(t)
	addDigits(t, dbs)
	one := "one=" + manyOrders(t, 1)
	const reason = ": " + full + ": raise --memory, or set TMPDIR to a folder with more room"
	for name, big := range map[string]string{"PostgreSQL": "big=" + dbs.pg.URL, "MySQL": "big=" + dbs.my.URL, "MariaDB": "big=" + dbs.ma.URL, "SQLite": "big=" + manyOrders(t, 100000)} {
		args := []string{"-s", big, "-s", one, "--memory", "64KiB", "-f", saved(t, `-- fanql: postgres
select 'some text that takes room' as note from generate_series(1, 100000) i
-- fanql: mysql
select 'some text that takes room' as note from digits a, digits b, digits c, digits d, digits e
-- fanql: sqlite
select note from orders
`)}
		t.Run(name+"/the other source is printed", func(t *testing.T) {
			disk := smallDisk(t)
			stdout := wantRun(t, disk, 3, append(args, "--csv"), "partial: 1 of 2 sources", "big (failed", disk+reason)
			if stdout != "source,note\none,some text that takes room\n" {
				t.Errorf("stdout %.200q", stdout)
			}
			wantFiles(t, disk)
		})
		t.Run(name+"/into a file", func(t *testing.T) {
			disk, dir := smallDisk(t), t.TempDir()
			out := writeOldFile(t, dir, "out.txt")
			wantRun(t, disk, 1, append(args, "-o", out), "and 2 are required (--require all)", "big (failed", disk+reason, out+" is as it was")
			wantOldFile(t, out)
			wantFiles(t, disk)
		})
	}
	if left := queriesLeft(dbs, serverLag); left != "" {
		t.Errorf("still running: %s", left)
	}
}

// A full disk under the stage of a streamed source: the rows that the stage has taken are printed
// and are correct, and the source is reported as failed.
func TestAFullDiskUnderAStreamFailsItsSource(t *testing.T) {
	needsMount(t)
	disk, report := smallDisk(t), filepath.Join(t.TempDir(), "report.json")
	cmd := program(t, "query", "-q", "--stream", "--csv", "--memory", "64KiB", "--report", report, "-s", "big="+manyOrders(t, 100000), "-s", "one="+manyOrders(t, 1), "select id from orders")
	cmd.Env = append(cmd.Env, "TMPDIR="+disk)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, its := pipe(t)
	cmd.Stdout = its
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = its.Close()
	holds := func() bool {
		var s syscall.Statfs_t
		return syscall.Statfs(disk, &s) == nil && s.Bfree == 0
	}
	testkit.Eventually(t, eventual, "the disk is full", holds)
	var stdout bytes.Buffer
	if _, err := stdout.ReadFrom(out); err != nil {
		t.Fatal(err)
	}
	if status := exitStatus(t, cmd.Wait()); status != 3 {
		t.Errorf("exit status %d, want 3", status)
	}
	if !strings.Contains(stderr.String(), "big (failed") || !strings.Contains(stderr.String(), disk+": "+full) {
		t.Errorf("stderr:\n%s", &stderr)
	}
	rows := 0
	for line := range strings.Lines(stdout.String()) {
		if strings.HasPrefix(line, "big,") {
			if rows++; line != fmt.Sprintf("big,%d\n", rows) {
				t.Fatalf("the row %d is %q", rows, line)
			}
		}
	}
	r := readReport(t, report)
	if rows == 0 || rows >= 100000 || r.Sources[0].Rows != int64(rows) || r.Sources[0].State != "failed" || r.Sources[1].State != "ok" {
		t.Errorf("%d rows were printed, and the report has %+v", rows, r.Sources)
	}
	wantFiles(t, disk)
}

func TestAFullDeviceIsAnError(t *testing.T) {
	lite := "lite=" + manyOrders(t, 5000)
	for _, args := range [][]string{{"--csv"}, {"--format", "table"}, {"--csv", "--stream"}} {
		args = append([]string{"query", "-q", "-s", lite, "select id from orders"}, args...)
		for _, c := range []struct {
			where string
			more  []string
		}{{"write /dev/stdout", nil}, {"-o /dev/full", []string{"-o", "/dev/full", "--report", "/dev/null"}}} {
			device, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			cmd := program(t, append(args, c.more...)...)
			var stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = device, &stderr
			status := exitStatus(t, cmd.Run())
			if status != 1 || !strings.HasPrefix(stderr.String(), "no answer: "+c.where+": "+full) || strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("%v %v: exit status %d, stderr:\n%s", args, c.more, status, &stderr)
			}
			_ = device.Close()
		}
	}
}

// Within the process, the folder is read-only only for the thread of this test.
func TestAReadOnlyTMPDIRStopsNothingThatFitsIntoMemory(t *testing.T) {
	folder, db, out := t.TempDir(), filepath.Join(t.TempDir(), "o.db"), filepath.Join(t.TempDir(), "out.csv")
	sqliteExec(t, db, "create table o as select 1 as id")
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) }) // otherwise the test could not remove the read-only folder
	t.Setenv("TMPDIR", folder)
	unprivileged.Thread(t)
	for _, more := range [][]string{{"-o", out}, {"--order-by", "id"}, {"--reduce", "from rows", "--memory", "2GiB"}} { // 2GiB is more than earlier tests of this process have used
		var stdout, stderr bytes.Buffer
		status := command(t.Context(), append([]string{"query", "-q", "--csv", "-s", "eu=" + db, "select id from o"}, more...), strings.NewReader(""), &stdout, &stderr)
		if more[0] == "-o" {
			written, err := os.ReadFile(out)
			if err != nil {
				t.Error(err)
			}
			stdout.Write(written)
		}
		if status != 0 || stdout.String() != "source,id\neu,1\n" || stderr.Len() > 0 {
			t.Errorf("%q: exit status %d, stdout %q, stderr:\n%s", more, status, &stdout, &stderr)
		}
	}
	wantFiles(t, folder)
}
