// Package exact has only tests. Every type of every database goes through the real
// program in every format. Each cell is compared with the output of the server's own
// client, or with its documented canonical form.
//
// A corpus is a table with a column for each type. The expected values come from psql,
// mariadb or sqlite3, never from our own drivers. The program's output is read back by
// parsers that share no code with its writers.
package exact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// program is the built fanql.
var program string

func TestMain(m *testing.M) {
	built, done, err := testkit.Program()
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		program = built
		code = m.Run()
	}
	done()
	os.Exit(code)
}

// A form is how JSON represents a value.
type form uint8

const (
	asString form = iota
	asNumber      // as a JSON number if it is one, otherwise as a string
	asBool
	asJSON // as JSON itself
)

// A cell is a value in its canonical text.
type cell struct {
	text string
	null bool
	form form
}

// String returns the cell as errors show it; NULL has no quotes.
func (c cell) String() string {
	if c.null {
		return "NULL"
	}
	return fmt.Sprintf("%.200q", c.text)
}

// A table is the expected result of a query.
type table struct {
	names []string
	types []string // shown in errors
	rows  [][]cell
}

// checkExport runs the query with the program in every format, to stdout and into a file,
// and compares the results.
func checkExport(t *testing.T, source, sql string, want table) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			stdout, _ := runQuery(t, "-s", source, "--no-source-column", "--format", f.name, sql)
			f.check(t, want, stdout)

			file := filepath.Join(t.TempDir(), "out")
			runQuery(t, "-s", source, "--no-source-column", "--format", f.name, "-o", file, sql)
			written, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(written) != stdout {
				t.Error("the file differs from stdout")
			}
		})
	}
	checkModes(t, source, sql, want)
}

// runQuery runs fanql query, which must exit with status 0, and returns its output.
func runQuery(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, append([]string{"query"}, args...)...)
	cmd.Env = append(os.Environ(), "FANQL_CONFIG=", "XDG_CONFIG_HOME="+t.TempDir(), "HOME="+t.TempDir())
	cmd.Dir = t.TempDir()
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	return out.String(), said.String()
}

// client runs a server's own client and returns its stdout.
func client(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said.String())
	}
	return out.String()
}

// clientName returns the first of the names that is installed.
func clientName(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			return name
		}
	}
	t.Skipf("needs the client %s to compare with", strings.Join(names, " or "))
	return ""
}

// column returns the name of the column i.
func column(i int) string { return fmt.Sprintf("c%02d", i) }

func parseURL(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal("the server's URL is invalid")
	}
	return u
}

// checkModes compares the results of other modes of the program: a stream, and several sources
// whose rows exceed the memory.
func checkModes(t *testing.T, source, sql string, want table) {
	t.Run("csv, --stream", func(t *testing.T) {
		stdout, _ := runQuery(t, "-s", source, "--no-source-column", "--csv", "--stream", sql)
		checkCSV(t, want, stdout)
	})
	t.Run("csv, through temporary files", func(t *testing.T) {
		report := filepath.Join(t.TempDir(), "report.json")
		runQuery(t, "-s", source, "--csv", "--report", report, sql)
		size := bytesOf(t, report)
		memory := max(2*size, 64<<10) // this is the smallest accepted value
		sources := 3 * memory / size
		args := []string{"--csv", "--order", "source", "--memory", fmt.Sprint(memory), sql}
		for i := range sources {
			args = append(args, "-s", fmt.Sprintf("s%d=%s", i, source))
		}
		stdout, _ := runQuery(t, args...)
		records, err := readCSV(stdout)
		if err != nil || len(records) != 1+sources*len(want.rows) {
			t.Fatalf("%d records (%v)", len(records), err)
		}
		for i := range sources {
			var own [][]cell
			for _, record := range records[1+i*len(want.rows):][:len(want.rows)] {
				if record[0].text != fmt.Sprintf("s%d", i) {
					t.Fatalf("there is a row of %s among those of s%d", record[0].text, i)
				}
				own = append(own, record[1:])
			}
			want.cells(t, own)
		}
		// If no file may be written, the same run must fail: otherwise all rows would have fitted
		// into memory.
		limited := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `ulimit -f 0 && exec "$0" query "$@"`, program}, args...)...)
		limited.Env = append(os.Environ(), "FANQL_CONFIG=", "XDG_CONFIG_HOME="+t.TempDir(), "HOME="+t.TempDir())
		if said, err := limited.CombinedOutput(); err == nil || !strings.Contains(string(said), "temporary file in ") {
			t.Errorf("no rows were written to a temporary file: %v\n%.500s", err, said)
		}
	})
}

// bytesOf returns the number of bytes of the rows of a report's only source.
func bytesOf(t *testing.T, report string) int {
	t.Helper()
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r struct{ Sources []struct{ Bytes int } }
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r.Sources[0].Bytes
}
