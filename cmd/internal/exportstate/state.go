// The state: up to which value each source has been exported.

package exportstate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
)

// StateVersion is the version of the state file's structure.
const StateVersion = 1

// A State is the content of a state file.
type State struct {
	Version   int             `json:"version"`
	Query     string          `json:"query_sha256"` // of the query's texts; empty where the file was made by hand
	Watermark string          `json:"watermark"`    // the column
	Sources   map[string]Mark `json:"sources"`
}

// A Mark is what the state has of one source.
type Mark struct {
	// Identity is the sum of the source's kind and place, without user and password;
	// empty where the mark was made by hand.
	Identity string    `json:"identity"`
	Since    Since     `json:"since"`
	Rows     int64     `json:"rows"` // of the last run that wrote some
	Changed  time.Time `json:"changed"`
	// Keys are the sums of the rows of the overlap: their keys and watermarks.
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
