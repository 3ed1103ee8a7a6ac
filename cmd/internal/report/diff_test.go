// The report of a comparison.

package report

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/fanql/fanql/merge/compare"
)

var (
	same  = compare.Comparison{Rows: 1200, Baseline: 1200}
	other = compare.Comparison{
		Rows: 1201, Baseline: 1200, Added: 2, Removed: 1, Changed: 1000,
		Cells: []compare.Count{{Column: "b", Cells: 1000}, {Column: "\x1b", Cells: 7}}, Missing: []string{"x"}, Extra: []string{"y", "z"},
	}
)

// found returns the verdict of comparisons with the first source.
func found(v Verdict, compared ...compare.Comparison) Verdict {
	v.Diff = NewDiff(0)
	for i, c := range compared {
		v.Diff.Add(i+1, c)
	}
	return v
}

func TestVerdictsOfAComparison(t *testing.T) {
	toFile := func(v *Verdict) { all(v); v.Output = "out.csv" }
	for name, c := range map[string]struct {
		v      Verdict
		exit   int
		result string
		line   string
	}{
		"the same":                    {found(verdict(nil, ok, ok), same), 0, "complete", "same: 1 of 1 source compared with eu, 1,200 rows in 2.000s"},
		"the same, to a file":         {found(verdict(toFile, ok, ok), same), 0, "complete", "same: 1 of 1 source compared with eu, 1,200 rows in 2.000s to out.csv"},
		"one is different":            {found(verdict(toFile, ok, ok, ok), same, other), 4, "complete", "different: 2 of 2 sources compared with eu, 1 different: 2 added, 1 removed, 1,000 changed; eu has no column \"x\"; eu has also columns \"y\", \"z\" in 2.000s to out.csv"},
		"only columns differ":         {found(verdict(nil, ok, ok), compare.Comparison{Extra: []string{"y"}}), 4, "complete", "different: 1 of 1 source compared with eu, 1 different: 0 added, 0 removed; eu has also column \"y\" in 2.000s"},
		"one source is missing":       {found(verdict(nil, ok, ok, late), same), 3, "partial", "partial: 1 of 2 sources compared with eu in 2.000s; missing: us (timeout)"},
		"one is missing, one differs": {found(verdict(nil, ok, ok, late), other), 3, "partial", "partial: 1 of 2 sources compared with eu, 1 different: 2 added, 1 removed, 1,000 changed; eu has no column \"x\"; eu has also columns \"y\", \"z\" in 2.000s; missing: us (timeout)"},
		"too few sources for a file":  {found(verdict(toFile, ok, ok, late), same), 1, "none", "no answer: 1 of 2 sources compared with eu in 2.000s, and -o wants all; missing: us (timeout); out.csv is as it was"},
		"no source was compared":      {found(verdict(nil, ok, late)), 1, "none", "no answer: 0 of 1 source compared with eu in 2.000s; missing: us (timeout)"},
		"no baseline":                 {found(verdict(nil, late, ok)), 1, "none", "no answer: 0 of 1 source compared with us in 2.000s; missing: us (timeout)"},
		"the output failed":           {found(verdict(func(v *Verdict) { v.Failure = errors.New("disk full") }, ok, ok), other), 1, "none", "no answer: disk full"},
		"interrupted":                 {found(verdict(func(v *Verdict) { v.Interrupted = 130 }, ok, ok, left), other), 130, "partial", "interrupted; partial: 1 of 2 sources compared with eu, 1 different: 2 added, 1 removed, 1,000 changed; eu has no column \"x\"; eu has also columns \"y\", \"z\" in 2.000s; missing: stuck (canceled)"},
		"interrupted before any":      {found(verdict(func(v *Verdict) { v.Interrupted = 130 }, ok, ok)), 130, "none", "interrupted; no answer: 0 of 1 source compared with eu in 2.000s"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.v.Exit() != c.exit || c.v.Result() != c.result {
				t.Errorf("exit status %d, %s; want %d, %s", c.v.Exit(), c.v.Result(), c.exit, c.result)
			}
			if got := last(c.v, false); got != c.line {
				t.Errorf("got  %s\nwant %s", got, c.line)
			}
			if d := diffOf(c.v); d.Same != nil && *d.Same && c.exit != 0 {
				t.Errorf("the report says that all sources are the same")
			}
		})
	}
}

func TestEachSourceComparedHasItsLine(t *testing.T) {
	wide := compare.Comparison{Changed: 1}
	for _, name := range strings.Split("abcdefg", "") {
		wide.Cells = append(wide.Cells, compare.Count{Column: name, Cells: 1})
	}
	var b strings.Builder
	if err := Summary(&b, found(verdict(nil, ok, ok, bad, ok), same, other, wide), Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"eu: same, 1,200 rows\n",
		`ap\x1b[31m: different: 2 added, 1 removed, 1,000 changed (b 1,000, \x1b 7); no column "x"; also columns "y", "z"; 1,201 rows, 1,200 in eu` + "\n",
		"eu: different: 0 added, 0 removed, 1 changed (a 1, b 1, c 1, d 1, e 1, and 2 more); 0 rows, 0 in eu\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestAComparisonsReportKeepsTheSchema(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(Schema), &s); err != nil {
		t.Fatal(err)
	}
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for want, v := range map[string]Verdict{
		`{"baseline":"eu","same":true}`:  found(verdict(nil, ok, ok), same),
		`{"baseline":"eu","same":false}`: found(verdict(nil, ok, ok, late), other),
		`{"baseline":"eu","same":null}`:  found(verdict(nil, ok, ok, late), same),
		`null`:                           verdict(nil, ok),
	} {
		text, err := JSON(v, "v1.2.3", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		if got, _ := json.Marshal(document["diff"]); string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for i, source := range document["sources"].([]any) {
			d, said := source.(map[string]any)["diff"].(map[string]any)
			if v.Diff == nil {
				continue
			}
			if c, compared := v.Diff.compared[i]; compared != said || (said && d["changed"] != float64(c.Changed)) {
				t.Errorf("source %d: %v", i, d)
			}
		}
	}
}
