// The state: the value up to which each source has been exported.

package exportstate

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
)

// StateVersion is the version of the state file's structure.
const StateVersion = 1

// A State is the content of a state file.
type State struct {
	Version   int             `json:"version"`
	Query     string          `json:"query_sha256"` // of the query's texts; empty if the file was made by hand
	Watermark string          `json:"watermark"`    // the column
	Sources   map[string]Mark `json:"sources"`
}

// A Mark is the state of one source.
type Mark struct {
	// Identity is the sum of the source's kind and place, without user and password; empty
	// if the mark was made by hand.
	Identity string    `json:"identity"`
	Since    Since     `json:"since"`
	Rows     int64     `json:"rows"` // the rows of the last run that wrote some
	Changed  time.Time `json:"changed"`
	// Keys are checksums of the keys and watermarks of the rows in the overlap.
	Keys []string `json:"keys,omitempty"`
}

// NewState returns a state without sources.
func NewState() *State { return &State{Version: StateVersion, Sources: map[string]Mark{}} }

// ReadState reads a state file. Without one it returns a state without sources, and found
// is false.
func ReadState(path string) (s *State, found bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return NewState(), false, nil
	}
	if err != nil {
		return nil, false, output.Cause(err)
	}
	s = &State{}
	if err := decode(text, s); err != nil {
		return nil, true, fmt.Errorf("is no state of fanql: %w", err)
	}
	if s.Version != StateVersion {
		return nil, true, fmt.Errorf("is a state of version %d, and this fanql knows %d", s.Version, StateVersion)
	}
	if s.Sources == nil {
		s.Sources = map[string]Mark{}
	}
	for name, m := range s.Sources {
		if err := m.Since.Check(); err != nil {
			return nil, true, fmt.Errorf("source %s: %w", output.Sanitize(name), err)
		}
	}
	return s, true, nil
}

// JSON returns the text of the state.
func (s *State) JSON() ([]byte, error) { return encode(s) }

// Set sets the value of a source. Its type is the one that the state has for it, or else
// the given one.
func (s *State) Set(source, value, kind string, now time.Time) error {
	m, known := s.Sources[source]
	if !known && kind == "" {
		return option.Errorf("it has nothing of source %s: %s, or give {type}, which is one of %s", output.Sanitize(source), s.meant(source), strings.Join(Types, ", "))
	}
	next := Since{Type: m.Since.Type, Value: value}
	if kind != "" {
		next.Type = kind
	}
	if err := next.Check(); err != nil {
		return err
	}
	m.Since, m.Keys, m.Changed = next, nil, now.UTC().Truncate(time.Second)
	s.Sources[source] = m
	return nil
}

// Reset removes sources from the state, or all of them.
func (s *State) Reset(sources []string, all bool) error {
	switch {
	case all && len(sources) > 0:
		return option.New("give sources, or {all}")
	case all:
		clear(s.Sources)
		return nil
	case len(sources) == 0:
		return option.New("name the sources to forget, or give {all}")
	}
	for _, name := range sources {
		if _, ok := s.Sources[name]; !ok {
			return fmt.Errorf("it has nothing of source %s: %s", output.Sanitize(name), s.meant(name))
		}
	}
	for _, name := range sources {
		delete(s.Sources, name)
	}
	return nil
}

// meant suggests the source that may be meant, or lists all.
func (s *State) meant(name string) string {
	known := slices.Sorted(maps.Keys(s.Sources))
	if near, ok := nearest.Name(name, known); ok {
		return fmt.Sprintf("did you mean %s?", output.Sanitize(near))
	}
	if len(known) == 0 {
		return "it has no sources"
	}
	return "it has " + output.Sanitize(nearest.List(known))
}
