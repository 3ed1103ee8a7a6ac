// The golden corpus: statements that are sent and statements that are refused,
// by dialect.

package statement

import (
	"os"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

// example is one line of the corpus.
type example struct {
	dialects []string
	refusal  string // a part of the error; empty if the statement is sent
	sql      string
}

func corpus(t testing.TB) []example {
	t.Helper()
	file, err := os.ReadFile("testdata/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	var e example
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "== sent to "); ok {
			e = example{dialects: strings.Fields(rest)}
		} else if rest, ok := strings.CutPrefix(line, "== refused by "); ok {
			names, refusal, _ := strings.Cut(rest, ": ")
			e = example{dialects: strings.Fields(names), refusal: refusal}
		} else if line != "" && e.dialects != nil {
			e.sql = strings.ReplaceAll(line, "⏎", "\n")
			all = append(all, e)
		}
	}
	return all
}

func TestCorpus(t *testing.T) {
	values := Values{"a": {Text: "1"}, "b": {Text: "2"}}
	for _, e := range corpus(t) {
		for _, name := range e.dialects {
			d := dialects.Named(name)
			if d == nil {
				t.Fatalf("the corpus has a dialect %q", name)
			}
			_, err := Query{Dialects: dialects, Text: e.sql}.Bind("eu", d, driver.Modes{}, values)
			switch {
			case e.refusal == "" && err != nil:
				t.Errorf("%s: %s: refused: %v", d, e.sql, err)
			case e.refusal != "" && err == nil:
				t.Errorf("%s: %s: sent, should be refused: %s", d, e.sql, e.refusal)
			case e.refusal != "" && !strings.Contains(err.Error(), e.refusal):
				t.Errorf("%s: %s: refused: %v; should be: %s", d, e.sql, err, e.refusal)
			}
		}
	}
}
