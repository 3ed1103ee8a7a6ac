// Exports: files by source, tag, date and part, which appear together, with a manifest and
// a state.

package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/option"
)

// An Export has the options for the files of a result, except their name. The zero value is
// one file, or several by the fields of [Request].Output.
type Export struct {
	// RowsPerFile is the largest number of rows of a part; 0 means files without parts.
	RowsPerFile int64
	// Manifest is the path of a manifest; empty is none.
	Manifest string
	// State is nil if no state is kept.
	State *State
	// Wait is how long to wait for another run with the same files.
	Wait time.Duration
	// Retry, if set, limits the run to the sources that are missing in an earlier run.
	Retry *Retry
	// Step is called after each step of the commit: see [exportstate.Options].
	Step func(name string)
}

// The options of an export.
const (
	OptionRowsPerFile  option.Option = "rows-per-file"
	OptionManifest     option.Option = "manifest"
	OptionState        option.Option = "state"
	OptionWatermark    option.Option = "watermark"
	OptionSinceInitial option.Option = "since-initial"
	OptionStateForce   option.Option = "state-force"
	OptionOverlap      option.Option = "overlap"
	OptionLockWait     option.Option = "lock-wait"
	OptionRetryFrom    option.Option = "retry-from"
)

// exporting is the part of a plan about an export.
type exporting struct {
	template *output.Template
	set      *output.Set // nil for one file
	labels   []output.Labels
	tx       *exportstate.Tx
	manifest *output.File // nil is none
	earlier  *exportstate.Manifest
	stager   stager
	written  []exportstate.ManifestFile
	targets  []string // the sources of these files, by index
	existing bool     // some of the files already exist
	began    time.Time
	state    *stating // nil is none
}

// templated reads the template of the output, and returns an error for options that
// contradict an export. A template without fields becomes its path.
func (p *Plan) templated(r *Request) error {
	e := &r.Export
	if err := e.contradictions(r); err != nil || r.Output == "" {
		return err
	}
	t, err := output.ParseTemplate(r.Output)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Spelling.Name(OptionOutput), output.Sanitize(r.Output), err)
	}
	switch split := t.Has(output.FieldSource) || t.Has(output.FieldTag); {
	case t.Has(output.FieldPart) && e.RowsPerFile == 0:
		return option.Errorf("%s %s: the field %s goes with {rows-per-file} N", option.Hint("{output}"), output.Sanitize(r.Output), fieldOf(output.FieldPart))
	case !t.Has(output.FieldPart) && e.RowsPerFile > 0:
		return option.Errorf("{rows-per-file} needs the field %s in {output}, which numbers the files", fieldOf(output.FieldPart))
	case t.Fields() && (r.Catalogue != nil || r.Diff != nil || r.Sample != nil):
		return option.Errorf("{output} %s: fields are for the files of a query, and this is one listing", output.Sanitize(r.Output))
	case t.Fields() && r.Stream:
		return option.Errorf("{stream} prints rows before it is known who ends well: it cannot write {output} %s", output.Sanitize(r.Output))
	case split:
		if err := splitContradictions(r); err != nil {
			return err
		}
	}
	if !t.Fields() {
		r.Output = t.Literal()
	}
	if t.Fields() || e.Manifest != "" || e.State != nil {
		p.exporting = &exporting{template: t}
	}
	p.request.Output = r.Output
	return nil
}

func fieldOf(f output.Field) string { return "{" + string(f) + "}" }

// contradictions returns an error for options of an export that contradict each other.
func (e *Export) contradictions(r *Request) error {
	switch {
	case e.RowsPerFile < 0:
		return option.Errorf("{rows-per-file} %d: it cannot be negative; leave it out for one file", e.RowsPerFile)
	case e.Wait < 0:
		return option.Errorf("{lock-wait} %s: it cannot be negative; 0 does not wait", e.Wait)
	case e.Retry != nil && (r.Federate != nil || r.Reduce != nil || len(r.Tables) > 0 || r.Diff != nil):
		return option.New("{retry-from} queries only the sources that are missing, and this answer is one of all of them")
	case r.Output == "" && e.RowsPerFile > 0:
		return option.New("{rows-per-file} goes with {output}")
	case r.Output == "" && e.Manifest != "":
		return option.New("{manifest} describes files: add {output} FILE")
	case r.Output == "" && e.State != nil:
		return option.New("{state} says what was written, and what is printed cannot be taken back: add {output} FILE")
	case e.Manifest != "" && r.Stream:
		return option.New("{stream} prints rows before it is known who ends well: it cannot keep {manifest}")
	}
	if err := e.uncompressed(); err != nil {
		return err
	}
	return e.State.contradictions(r)
}

// uncompressed refuses names of compressed files for a manifest or a state. Other programs
// read a manifest, and each run reads and writes a state.
func (e *Export) uncompressed() error {
	state := ""
	if e.State != nil {
		state = e.State.Path
	}
	for i, path := range []string{e.Manifest, state} {
		called := [...]option.Hint{"{manifest}", "{state}"}[i]
		if k, plain := compression.OfPath(path); k != compression.None {
			return option.Errorf("%s %s: this file is never compressed: name it %s", called, output.Sanitize(path), output.Sanitize(plain))
		}
	}
	return nil
}

// splitContradictions returns an error for an option that needs the rows of all sources in
// one file.
func splitContradictions(r *Request) error {
	what := option.Option("")
	switch {
	case r.Federate != nil:
		return option.Errorf("{output} %s: the answer of one statement over all sources has no source and no tag", output.Sanitize(r.Output))
	case r.Reduce != nil || len(r.Tables) > 0:
		what = OptionReduce
	case r.Merge.Order != nil:
		what = OptionOrderBy
	case r.Merge.Distinct != nil:
		what = r.Merge.distinctBy()
	case r.Merge.Slice.Limited:
		what = OptionLimit
	case r.Merge.Slice.Offset > 0:
		what = OptionOffset
	default:
		return nil
	}
	return option.Errorf("%s is about the rows of all sources, and {output} %s has a file for each source or tag", option.Hint("{"+what+"}"), output.Sanitize(r.Output))
}

// export prepares the export of a plan whose sources are known: the names of the files.
func (p *Plan) export(r *Request) (err error) {
	if r.Catalogue == nil && r.Sample == nil && (r.Report != "" || p.exporting != nil) {
		if p.hashes, err = r.hashes(r.Limits.Clock(r.Now)); err != nil {
			return err
		}
	}
	x := p.exporting
	if x == nil {
		return p.retryOutput()
	}
	x.began = r.Started
	if x.began.IsZero() {
		x.began = r.Now
	}
	if r.Export.Retry != nil {
		x.began = r.Export.Retry.Started
	}
	for i := range p.Targets {
		x.labels = append(x.labels, output.Labels{Source: p.Targets[i].Name(), Tags: p.Targets[i].Config.Tags})
	}
	if x.template.Fields() {
		x.set, err = output.NewSet(output.SetOptions{
			Called: r.Spelling.Name(OptionOutput), Template: x.template, Date: x.began, Sources: x.labels,
			Sum: r.Export.Manifest != "", Naming: func(temp, target string) error { return x.tx.Naming(temp, target) },
		})
	}
	if err != nil {
		return err
	}
	return p.retryOutput()
}

// createExport takes the locks, repairs what an earlier run has left, and checks that all
// files can be written.
func (p *Plan) createExport(ctx context.Context) (warnings []string, err error) {
	x, r := p.exporting, &p.request
	called := r.Spelling.Name(OptionOutput)
	var homes []exportstate.Home
	if r.Export.Manifest != "" {
		homes = append(homes, exportstate.HomeOf(r.Spelling.Name(OptionManifest), r.Export.Manifest))
	}
	if x.set != nil {
		folder, err := x.set.Locate()
		if err != nil {
			return nil, err
		}
		homes = append(homes, exportstate.Home{Folder: folder, Base: x.template.Base(), Called: called + " " + output.Sanitize(r.Output)})
	} else {
		homes = append(homes, exportstate.HomeOf(called, r.Output))
	}
	if s := r.Export.State; s != nil {
		homes = append(homes, exportstate.HomeOf(r.Spelling.Name(OptionState), s.Path))
	}
	x.tx, warnings, err = exportstate.Begin(ctx, exportstate.Options{Homes: homes, Wait: r.Export.Wait, Step: r.Export.Step})
	if err != nil {
		return nil, err
	}
	if err := p.openExport(ctx); err != nil {
		return warnings, err
	}
	return append(warnings, FileWarnings(p.file, x.manifest, x.stateFile())...), nil
}

// openExport opens the files whose number does not depend on the sources, and checks the
// places of all others.
func (p *Plan) openExport(ctx context.Context) (err error) {
	x, r := p.exporting, &p.request
	if x.set != nil {
		existing, err := x.set.Check()
		if err != nil {
			return err
		}
		x.existing = existing > 0
		if err := p.setCollisions(); err != nil {
			return err
		}
	} else {
		if p.file, err = output.CreateFor(ctx, r.Spelling.Name(OptionOutput), r.Output); err != nil {
			return err
		}
		if p.file.Direct() {
			return option.Errorf("{output} %s is no regular file: what is written there cannot be taken back, so that neither {manifest} nor {state} could rely on it", output.Sanitize(r.Output))
		}
		p.file.Naming(func(temp string) error { return x.tx.Naming(temp, p.file.Target()) })
	}
	if r.Export.Manifest != "" {
		if x.manifest, err = x.open(ctx, r.Spelling.Name(OptionManifest), r.Export.Manifest); err != nil {
			return err
		}
		if x.earlier, err = p.earlierManifest(); err != nil {
			return fmt.Errorf("%s %s: %w", r.Spelling.Name(OptionManifest), output.Sanitize(r.Export.Manifest), err)
		}
	}
	if x.state != nil {
		return p.openState(ctx)
	}
	return nil
}

// open opens a file that is renamed together with the others.
func (x *exporting) open(ctx context.Context, called, path string) (*output.File, error) {
	f, err := output.CreateFor(ctx, called, path)
	if err != nil {
		return nil, err
	}
	if f.Direct() {
		return f, fmt.Errorf("%s %s: is no regular file", called, output.Sanitize(path))
	}
	f.Naming(func(temp string) error { return x.tx.Naming(temp, f.Target()) })
	return f, nil
}

// setCollisions returns an error if a file of the set would replace another file that the
// run reads or writes.
func (p *Plan) setCollisions() error {
	r := &p.request
	taken := map[string]string{}
	note := func(path, what string) {
		if path != "" && path != "-" {
			taken[output.Resolve(path)] = what
		}
	}
	for _, in := range p.Inputs {
		note(in.Path, in.What)
	}
	note(r.Report, "the file of "+r.Spelling.Name(OptionReport))
	note(r.Export.Manifest, "the file of "+r.Spelling.Name(OptionManifest))
	if s := r.Export.State; s != nil {
		note(s.Path, "the file of "+r.Spelling.Name(OptionState))
	}
	for i := range p.exporting.set.Groups() {
		target, err := p.exporting.set.Target(i)
		if err != nil {
			return err
		}
		if what, ok := taken[target]; ok {
			return fmt.Errorf("%s %s: the file of %s would replace %s", r.Spelling.Name(OptionOutput), output.Sanitize(r.Output), p.exporting.set.Title(i), what)
		}
	}
	return nil
}

// splits reports whether sources have files of their own.
func (x *exporting) splits() bool { return x != nil && x.set != nil && !x.set.Whole() }

// files returns the open files of the export.
func (x *exporting) files() []*output.File {
	if x == nil {
		return nil
	}
	return []*output.File{x.manifest, x.stateFile()}
}

func (x *exporting) stateFile() *output.File {
	if x.state == nil {
		return nil
	}
	return x.state.file
}

// discard removes everything written so far.
func (x *exporting) discard() (err error) {
	if x == nil {
		return nil
	}
	if x.set != nil {
		err = x.set.Discard()
	}
	if x.tx != nil {
		err = errors.Join(err, x.tx.Discard())
	}
	return err
}

// close releases the locks.
func (x *exporting) close() error {
	if x == nil {
		return nil
	}
	return x.tx.Close()
}

// before returns whether files of the export existed before the run.
func (x *exporting) before() report.Before {
	if x.existing {
		return report.Old
	}
	return report.Nothing
}
