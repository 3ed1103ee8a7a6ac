// Schemas: whether the sources have the tables of a baseline.

package checks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/driver"
)

// SameSchema expects that the sources have the tables, columns, types, nullability, keys
// and indexes of a baseline, which is the source of that name, the first source if the name
// is empty, or the file if that is not nil. Kinds are the kinds of the sources, in their
// order.
func SameSchema(scope catalog.Scope, baseline string, file *catalog.Baseline, kinds []*driver.Dialect) Expectation {
	return sameSchema{scope: scope, baseline: baseline, file: file, kinds: kinds}
}

type sameSchema struct {
	scope    catalog.Scope
	baseline string
	file     *catalog.Baseline // nil if the baseline is a source
	kinds    []*driver.Dialect
}

func (e sameSchema) String() string { return schemaWords(e.baseline, e.scope) }

// schemaWords returns the expectation in words.
func schemaWords(baseline string, scope catalog.Scope) string {
	text := "the same schema"
	if baseline != "" {
		text = "the schema of " + baseline
	}
	var patterns []string
	for _, p := range scope.Tables {
		patterns = append(patterns, p.String())
	}
	if len(patterns) > 0 {
		text += " for " + strings.Join(patterns, ", ")
	}
	return text
}

// comparesSchema adds the expectation that compares schemas.
func (p *Plan) comparesSchema(r *Request, spec *Spec, e expected) error {
	if e.Schema == nil {
		return nil
	}
	var names []string
	var kinds []*driver.Dialect
	for _, m := range spec.Sources {
		names, kinds = append(names, m.Name), append(kinds, p.Targets[m.Target].Opened.Kind)
	}
	base := e.Schema.Baseline.Value
	if base == "" || slices.Contains(names, base) {
		if len(names) < 2 {
			return e.Fault(e.Where("schema"), "schema: only %s is asked, and two are needed to compare; or give a baseline that `fanql schema` has saved as JSON", names[0])
		}
		spec.Expectations = append(spec.Expectations, SameSchema(e.schema, base, nil, kinds))
		return nil
	}
	path := e.Schema.File
	_, plain := compression.OfPath(path)
	if _, err := os.Stat(path); err != nil && !strings.HasSuffix(strings.ToLower(plain), ".json") {
		return e.Fault(e.Schema.Baseline.Pos, "schema: baseline %q is neither a source that is asked nor a file: %s", base, askedNames(base, names))
	}
	saved, err := catalog.Load(path, r.Config.Dialects)
	if err != nil {
		return e.Fault(e.Schema.Baseline.Pos, "schema: baseline %s: %v", output.Sanitize(path), err)
	}
	p.Inputs = append(p.Inputs, run.NamedFile{What: "a file of check " + e.Name, Path: path})
	spec.Expectations = append(spec.Expectations, SameSchema(e.schema, base, &saved, kinds))
	return nil
}

func (e sameSchema) judge(ctx context.Context, j *judging) {
	found := map[int]catalog.Database{}
	for _, m := range j.good() {
		tables, err := e.tables(j, m)
		if err != nil {
			j.refuse(m, err)
			continue
		}
		found[m] = catalog.Database{Source: j.check.Sources[m].Source, Dialect: e.kinds[m], Tables: tables}
	}
	base := -1
	if e.file == nil {
		base = max(slices.IndexFunc(j.check.Sources, func(s Source) bool { return s.Source == e.baseline }), 0)
		if j.check.Sources[base].Error != nil {
			for m := range found {
				j.refuse(m, fmt.Errorf("there is nothing to compare it with: %s could not be evaluated", j.check.Sources[base].Source))
			}
			return
		}
		if len(found) < 2 {
			j.refuse(base, errors.New("no other source could be compared with it"))
		}
	}
	for _, m := range j.good() {
		if m == base {
			continue
		}
		with := found[base]
		if e.file != nil {
			var err error
			if with, err = e.file.Of(found[m].Source, e.scope); err != nil {
				j.refuse(m, err)
				continue
			}
		}
		e.compare(j, m, with, found[m])
	}
}

// tables returns the tables of a source.
func (e sameSchema) tables(j *judging, m int) ([]catalog.Table, error) {
	return run.ReadCatalog(j.take([]int{m})[0], e.scope)
}

// compare adds a finding if a source differs from the baseline.
func (e sameSchema) compare(j *judging, m int, base, here catalog.Database) {
	found := catalog.Compare(base, here)
	if len(found) == 0 {
		return
	}
	f := Finding{Expected: e.String(), Rows: int64(len(found))}
	if j.spec.Samples > 0 {
		f.Samples = &Samples{Columns: []string{"table", "what", "name", "baseline", "value"}}
	}
	var words []string
	for i, d := range found {
		words = append(words, d.String())
		if i < j.spec.Samples {
			f.Samples.Rows = append(f.Samples.Rows, []*string{&d.Table, given(string(d.What)), given(d.Name), given(d.Base), given(d.Here)})
		}
	}
	if len(words) > shownDifferences {
		words = append(words[:shownDifferences:shownDifferences], fmt.Sprintf("and %d more", len(found)-shownDifferences))
	}
	f.Message = fmt.Sprintf("%s from %s: %s", differences(len(found)), e.from(base), strings.Join(words, "; "))
	j.found(m, f)
}

// shownDifferences is how many differences a message shows.
const shownDifferences = 3

func differences(n int) string {
	if n == 1 {
		return "1 difference"
	}
	return fmt.Sprintf("%d differences", n)
}

// from returns the name of the baseline.
func (e sameSchema) from(base catalog.Database) string {
	if e.file != nil {
		return e.baseline
	}
	return base.Source
}
