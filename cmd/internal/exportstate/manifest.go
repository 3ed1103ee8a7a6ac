// The manifest: the files that belong together, and their content.

package exportstate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
)

// ManifestVersion is the version of the manifest's structure. Within a version, fields
// are only added.
const ManifestVersion = 1

// A Manifest describes the files of an export. It is renamed after all of them.
type Manifest struct {
	Version    int              `json:"version"`
	Fanql      string           `json:"fanql"`
	Started    time.Time        `json:"started"`
	Ended      time.Time        `json:"ended"`
	Query      string           `json:"query_sha256"`
	Parameters string           `json:"parameters_sha256"`
	Complete   bool             `json:"complete"` // all sources are in the files
	Files      []ManifestFile   `json:"files"`
	Sources    []ManifestSource `json:"sources"`
}

// A ManifestFile is one file.
type ManifestFile struct {
	Name    string   `json:"name"` // relative to the manifest's folder, with slashes
	Sources []string `json:"sources"`
	Part    *int     `json:"part"` // nil if the files have no parts
	Rows    int64    `json:"rows"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"`
}

// A ManifestSource says how a source ended, and whether its rows are in the files. Files of
// a source that is not written stay as they were.
type ManifestSource struct {
	Source  string  `json:"source"`
	State   string  `json:"state"`
	Written bool    `json:"written"`
	Rows    int64   `json:"rows"`
	Error   *string `json:"error"`
}

// NameFrom returns the name of a file for a manifest at a path.
func NameFrom(manifest, target string) (string, error) {
	folder := filepath.Dir(output.Resolve(manifest))
	name, err := filepath.Rel(folder, target)
	return filepath.ToSlash(name), err
}

// ReadManifest reads a manifest. It returns nil if there is none.
func ReadManifest(path string) (*Manifest, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, output.Cause(err)
	}
	m := &Manifest{}
	if err := decode(text, m); err != nil {
		return nil, fmt.Errorf("is no manifest of fanql: %w", err)
	}
	if m.Version != ManifestVersion {
		return nil, fmt.Errorf("is a manifest of version %d, and this fanql knows %d", m.Version, ManifestVersion)
	}
	return m, nil
}

// Continue adds the sources and files of an earlier manifest that this one does not have.
func (m *Manifest) Continue(earlier *Manifest) {
	names := map[string]bool{}
	for _, f := range m.Files {
		names[f.Name] = true
	}
	for _, f := range earlier.Files {
		if !names[f.Name] {
			m.Files = append(m.Files, f)
		}
	}
	known := map[string]bool{}
	for _, s := range m.Sources {
		known[s.Source] = true
	}
	var sources []ManifestSource
	for _, s := range earlier.Sources {
		if !known[s.Source] {
			sources = append(sources, s)
			continue
		}
		for _, own := range m.Sources {
			if own.Source == s.Source {
				sources = append(sources, own)
				delete(known, s.Source)
			}
		}
	}
	for _, own := range m.Sources {
		if known[own.Source] {
			sources = append(sources, own)
		}
	}
	m.Sources, m.Started = sources, earlier.Started
	m.Complete = !slices.ContainsFunc(sources, func(s ManifestSource) bool { return !s.Written })
	slices.SortStableFunc(m.Files, func(a, b ManifestFile) int { return strings.Compare(a.Name, b.Name) })
}

// JSON returns the text of the manifest.
func (m *Manifest) JSON() ([]byte, error) { return encode(m) }

// encode returns indented JSON. Texts are unchanged, except that control characters are
// escaped.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return output.SafeJSON(b.Bytes()), err
}

// decode reads one JSON object. Text after it is an error.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(v); err != nil {
		return output.DecodeCause(err)
	}
	if d.More() {
		return errors.New("there is something behind its end")
	}
	return nil
}
