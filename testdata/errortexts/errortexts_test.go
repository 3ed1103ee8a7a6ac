// The table of all error texts: the exit status, and what the user does.

package errortexts

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "add new texts to the tables below a ?, for somebody to answer, and remove those that are gone")

// statuses are the values of the first column.
var statuses = map[string]string{
	"0":     "a warning, or advice",
	"1":     "no answer",
	"2":     "usage or configuration: nothing was queried",
	"3":     "the source is not in the result: 3, or 1 where it was needed, or 2 where no source could be opened",
	"130":   "interrupted: 130 or 143",
	"4":     "the answer is no",
	"70":    "a fault of fanql's own",
	"cause": "it begins another text, whose status it has",
	"part":  "it is a part of another text, whose status it has",
	"none":  "users never see it: it is caught in the program",
}

// A row has texts with the same exit status and the same advice.
type row struct {
	status, what string
	texts        []string
}

func tableOf(name string) string {
	return filepath.Join("table", strings.ReplaceAll(name, "/", ".")+".txt")
}

// read reads a table. A line STATUS | WHAT THE USER DOES is followed by its texts, each indented by
// a tab.
func read(path string) (rows []row, err error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	for n, line := range strings.Split(string(text), "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "\t"):
			if len(rows) == 0 {
				return nil, fmt.Errorf("%s:%d: a text without a row", path, n+1)
			}
			last := &rows[len(rows)-1]
			last.texts = append(last.texts, line[1:])
		default:
			status, what, ok := strings.Cut(line, " | ")
			if !ok {
				return nil, fmt.Errorf("%s:%d: write STATUS | WHAT THE USER DOES", path, n+1)
			}
			rows = append(rows, row{status: status, what: what})
		}
	}
	return rows, err
}

func write(path, name string, rows []row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# The error texts of %s. Each block is STATUS | WHAT THE USER DOES, and the texts that this applies to.\n", name)
	for _, r := range rows {
		slices.Sort(r.texts)
		fmt.Fprintf(&b, "\n%s | %s\n", r.status, r.what)
		for _, text := range r.texts {
			b.WriteString("\t" + text + "\n")
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// shown returns a text in the form of a line of the table.
func shown(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func TestEachErrorTextHasARow(t *testing.T) {
	all, err := Collect("../..")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path := tableOf(name)
		rows, err := read(path)
		if err != nil {
			t.Fatal(err)
		}
		missing := map[string]bool{}
		for _, text := range all[name] {
			missing[shown(text)], n = true, n+1
		}
		gone := false
		for i := range rows {
			rows[i].texts = slices.DeleteFunc(rows[i].texts, func(text string) bool {
				if missing[text] {
					delete(missing, text)
					return false
				}
				gone = true
				if !*update {
					t.Errorf("%s: no error has the text any more, or the table has it twice: %s", path, text)
				}
				return true
			})
		}
		if *update && (len(missing) > 0 || gone) {
			rows = slices.DeleteFunc(rows, func(r row) bool { return len(r.texts) == 0 })
			if len(missing) > 0 {
				rows = append(rows, row{"?", "what does the user do?", slices.Collect(maps.Keys(missing))})
			}
			if err := write(path, name, rows); err != nil {
				t.Fatal(err)
			}
		}
		for text := range missing {
			t.Errorf("%s lacks a row: what is the exit status of this error, and what does the user do? (go test ./testdata/errortexts -update adds it) %s", path, text)
		}
		check(t, path, rows)
	}
	if n < 1000 {
		t.Errorf("only %d texts were found", n)
	}
	files, err := filepath.Glob("table/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(name string) bool { return tableOf(name) == path }) {
			t.Errorf("%s belongs to no package with error texts", path)
		}
	}
}

// check checks the columns of a table.
func check(t *testing.T, path string, rows []row) {
	t.Helper()
	taken := map[string]bool{}
	for _, r := range rows {
		if statuses[r.status] == "" {
			t.Errorf("%s: the exit status %q is not one of %s", path, r.status, slices.Sorted(maps.Keys(statuses)))
		}
		if key := r.status + r.what; taken[key] {
			t.Errorf("%s: two rows say %q", path, r.what)
		} else {
			taken[key] = true
		}
		if len(strings.Fields(r.what)) < 2 || strings.HasSuffix(r.what, "?") || len(r.texts) == 0 {
			t.Errorf("%s: %q does not say what the user does", path, r.what)
		}
	}
}

// The style of all texts: one line, no full stop, no capital letter at the beginning unless it is a
// name, and no word without information.
func TestErrorTextsAreOneClearLine(t *testing.T) {
	all, err := Collect("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, texts := range all {
		for _, text := range texts {
			low := strings.ToLower(text)
			for _, empty := range []string{"failed to", "unable to", "an error occurred", "something went wrong", "invalid argument", "unexpected error", "\n"} {
				if strings.Contains(low, empty) {
					t.Errorf("%s: %q contains %q, which does not say what to do", name, text, empty)
				}
			}
			if strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "...") && !strings.HasSuffix(text, ", or .") {
				t.Errorf("%s: %q ends with a full stop", name, text)
			}
		}
	}
}

// The test knows every function with a format, so that the table has the texts of all errors.
func TestEveryFunctionWithAFormatIsKnown(t *testing.T) {
	found, err := Formatting("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		name, function, _ := strings.Cut(f, " ")
		if !slices.Contains(makers[name], function) && !slices.Contains(makers[""], "option."+function) && !slices.Contains(notMakers, f) {
			t.Errorf("%s: does %s make errors? Add it to makers, or to notMakers", name, function)
		}
	}
	for _, f := range notMakers {
		if !slices.Contains(found, f) {
			t.Errorf("notMakers has %q, which no longer exists", f)
		}
	}
}
