// The report of an earlier run, for a run that completes it.

package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/compression"
)

// An Earlier is an earlier run, as its report describes it.
type Earlier struct {
	Command           string
	Started           time.Time
	Result            string // complete, partial or none
	Output            string // empty for stdout
	Query, Parameters string // sums

	written, missing []string
}

// Written returns the names of the sources whose rows that run wrote.
func (e Earlier) Written() []string { return e.written }

// Missing returns the names of the sources whose rows that run did not write, in their
// order. If the run had no result, these are all sources.
func (e Earlier) Missing() []string { return e.missing }

// Read reads the report of a run, which may be compressed, as the suffix of its file says.
func Read(path string) (e Earlier, err error) {
	text, err := compression.ReadFile(path)
	if err != nil {
		return e, output.Cause(err)
	}
	var d document
	err = json.NewDecoder(bytes.NewReader(text)).Decode(&d)
	switch {
	case err != nil:
		return e, fmt.Errorf("is no report of fanql: %w", output.DecodeCause(err))
	case d.Version == 0 || d.Sources == nil:
		return e, errors.New("is no report of fanql")
	case d.Version != Version:
		return e, fmt.Errorf("is a report of version %d, and this fanql knows %d", d.Version, Version)
	case d.Command == nil || d.Query == nil || d.Parameters == nil:
		return e, errors.New("does not say what was queried: it is of an older fanql, or of a command without a query")
	}
	e = Earlier{Command: *d.Command, Started: d.Started, Result: d.Result, Query: *d.Query, Parameters: *d.Parameters}
	if d.Output != nil {
		e.Output = *d.Output
	}
	for _, s := range d.Sources {
		if s.State == "ok" && d.Result != "none" {
			e.written = append(e.written, s.Source)
		} else {
			e.missing = append(e.missing, s.Source)
		}
	}
	return e, nil
}
