// A retry of the sources that are missing in an earlier run, according to its report.

package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/option"
)

// A Retry describes an earlier run and the sources that it lacks.
type Retry struct {
	Path    string // the path of its report
	Started time.Time
	earlier report.Earlier
}

// A NothingMissing is the error of a retry of a run that has all of its sources.
type NothingMissing struct{ Path string }

func (e *NothingMissing) Error() string {
	return fmt.Sprintf("nothing is missing in %s: no source was queried", output.Sanitize(e.Path))
}

// NewRetry reads the report of an earlier run.
func NewRetry(path string) (*Retry, error) {
	e, err := report.Read(path)
	if err != nil {
		return nil, option.Errorf("{retry-from} %s: %w", output.Sanitize(path), err)
	}
	return &Retry{Path: path, Started: e.Started, earlier: e}, nil
}

// retried limits the chosen sources to those that are missing in the earlier run. It
// returns an error if this run has another query or other parameters.
func (r *Request) retried(given config.Given, now Clock) (config.Given, error) {
	t := r.Export.Retry
	if t == nil {
		return given, nil
	}
	called := output.Sanitize(t.Path)
	e := t.earlier
	own, err := r.hashes(now)
	switch {
	case err != nil:
		return given, err
	case e.Command != r.Command:
		return given, option.Errorf("{retry-from} %s is the report of fanql %s, and not of fanql %s", called, output.Sanitize(e.Command), r.Command)
	case e.Query != own.Query:
		return given, option.Errorf("{retry-from} %s is the report of a run with another query: its text differs", called)
	case e.Parameters != own.Parameters:
		return given, option.Errorf("{retry-from} %s is the report of a run with other parameters: a date such as today is another one on another day", called)
	}
	missing := e.Missing()
	if len(missing) == 0 {
		return given, &NothingMissing{t.Path}
	}
	found := map[string]bool{}
	var chosen []config.Source
	for _, s := range given.Sources {
		for _, name := range missing {
			if s.Name == name || s.Group == name || strings.HasPrefix(s.Name, name+"/") {
				found[name] = true
				chosen = append(chosen, s)
				break
			}
		}
	}
	var lost []string
	for _, name := range missing {
		if !found[name] {
			lost = append(lost, name)
		}
	}
	if len(lost) > 0 {
		return given, option.Errorf("{retry-from} %s lacks %s, which this run does not query: choose the sources as in that run", called, List(lost))
	}
	given.Sources = chosen
	return given, nil
}

// retryOutput returns an error if the files of a retry would replace files with the rows of
// other sources.
func (p *Plan) retryOutput() error {
	r := &p.request
	t := r.Export.Retry
	if t == nil || t.earlier.Output == "" || r.Output == "" || t.earlier.Result == "none" {
		return nil
	}
	x := p.exporting
	if x == nil || !x.splits() {
		if t.earlier.Output == r.Output || SameFile(r.Output, t.earlier.Output) {
			return option.Errorf("{output} %s has the other sources' rows, from the run of {retry-from}: the missing part goes into another file", output.Sanitize(r.Output))
		}
		return nil
	}
	if t.earlier.Output != r.Output || x.template.Has(output.FieldSource) {
		return nil
	}
	for i := range p.Targets {
		for _, tag := range p.Targets[i].Config.Tags {
			for _, s := range r.Config.Sources {
				if slices.Contains(t.earlier.Written(), s.Name) && slices.Contains(s.Tags, tag) {
					return option.Errorf("{output} %s: the file of tag %s has the rows of %s, from the run of {retry-from}: query all sources of the tag", output.Sanitize(r.Output), tag, s.Name)
				}
			}
		}
	}
	return nil
}

// earlierManifest returns the manifest that this run completes, or nil if there is none.
func (p *Plan) earlierManifest() (*exportstate.Manifest, error) {
	r := &p.request
	if r.Export.Retry == nil || r.Export.Retry.earlier.Result == "none" {
		return nil, nil
	}
	m, err := exportstate.ReadManifest(r.Export.Manifest)
	if m == nil || err != nil {
		return nil, err
	}
	h := p.hashes
	switch {
	case m.Query != h.Query:
		return nil, fmt.Errorf("is the manifest of another query")
	case m.Parameters != h.Parameters:
		return nil, fmt.Errorf("is the manifest of a run with other parameters")
	}
	return m, nil
}
