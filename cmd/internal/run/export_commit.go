// The commit of an export: files, state and manifest, in one step.

package run

import (
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
)

// commitExport moves all files of the export to their places.
func (p *Plan) commitExport(v *report.Verdict) error {
	x := p.exporting
	if err := x.stager.wait(); err != nil {
		return err
	}
	if x.set == nil {
		staged, err := p.file.Stage(x.manifest != nil)
		if err != nil {
			return err
		}
		all := make([]int, len(p.Targets))
		for i := range all {
			all[i] = i
		}
		if err := x.add(staged, x.names(v, all), 0, v.Rows()); err != nil {
			return err
		}
		if v.Reduced || v.Federated {
			x.written[0].Rows = v.ResultRows
		}
	} else {
		if _, err := x.set.Check(); err != nil { // another user may have put a link in the way since then
			return err
		}
		v.Files = len(x.written)
		for i := range x.written {
			if f := &x.written[i]; f.Sources == nil {
				f.Sources = x.names(v, x.set.Groups()[0])
			}
		}
	}
	if x.state != nil {
		if err := p.commitState(v); err != nil {
			return err
		}
	}
	if x.manifest != nil {
		if err := p.commitManifest(v); err != nil {
			return err
		}
	}
	return x.tx.Commit()
}

// stageLater starts to sync a file of the set to the disk. The commit waits for that.
func (x *exporting) stageLater(f *output.File, sources []string, part int, rows int64) error {
	return x.stager.do(func() error {
		staged, err := x.set.Stage(f)
		if err != nil {
			return err
		}
		return x.add(staged, sources, part, rows)
	})
}

// add adds a complete file to the commit, which then owns it. It is safe for concurrent
// use.
func (x *exporting) add(s output.Staged, sources []string, part int, rows int64) error {
	if err := x.tx.Add(s); err != nil {
		return err
	}
	f := exportstate.ManifestFile{Sources: sources, Rows: rows, Bytes: s.Bytes, SHA256: s.SHA256}
	if part > 0 {
		f.Part = &part
	}
	x.stager.mu.Lock()
	defer x.stager.mu.Unlock()
	x.written, x.targets = append(x.written, f), append(x.targets, s.Target)
	return nil
}

// names returns the names of those sources that ended well.
func (x *exporting) names(v *report.Verdict, sources []int) (names []string) {
	for _, i := range sources {
		if v.Outcomes[i].State == query.OK {
			names = append(names, x.labels[i].Source)
		}
	}
	return names
}

// commitManifest writes the manifest, which is renamed last.
func (p *Plan) commitManifest(v *report.Verdict) error {
	x, r := p.exporting, &p.request
	m := &exportstate.Manifest{
		Version: exportstate.ManifestVersion, Fanql: r.Version, Started: x.began.UTC(), Ended: time.Now().UTC(),
		Query: p.hashes.Query, Parameters: p.hashes.Parameters, Complete: v.Complete(), Files: []exportstate.ManifestFile{},
	}
	for i, f := range x.written {
		var err error
		if f.Name, err = exportstate.NameFrom(r.Export.Manifest, x.targets[i]); err != nil {
			return err
		}
		m.Files = append(m.Files, f)
	}
	slices.SortFunc(m.Files, func(a, b exportstate.ManifestFile) int { return strings.Compare(a.Name, b.Name) })
	for _, o := range v.Outcomes {
		s := exportstate.ManifestSource{Source: o.Source, State: o.State.String(), Written: o.State == query.OK, Rows: o.Rows}
		if o.State != query.OK && o.Err != nil {
			text := o.Err.Error()
			s.Error = &text
		}
		m.Sources = append(m.Sources, s)
	}
	if x.earlier != nil {
		m.Continue(x.earlier)
	}
	text, err := m.JSON()
	return p.stage(x.manifest, text, err)
}

// stage writes a text to a file, and adds the file to the commit.
func (p *Plan) stage(f *output.File, text []byte, err error) error {
	if err == nil {
		_, err = f.Write(text)
	}
	if err != nil {
		return err
	}
	staged, err := f.Stage(false)
	if err != nil {
		return err
	}
	return p.exporting.tx.Add(staged)
}
