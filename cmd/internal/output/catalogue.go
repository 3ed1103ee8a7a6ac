// Finds a format by its name, or by the suffix of a file.

package output

import (
	"path/filepath"
	"slices"
	"strings"
)

// A Catalogue lists formats of one kind, those of results or of reports, in the
// order in which help shows them.
type Catalogue[F Entry] []F

// An Entry of a catalogue has a name, and the suffixes of file names that select it, with
// the dot.
type Entry interface {
	Called() (name string, suffixes []string)
}

// ByName finds a format by its name.
func (c Catalogue[F]) ByName(name string) (F, bool) {
	return c.find(func(own string, _ []string) bool { return own == name })
}

// BySuffix finds the format that the suffix of a file name selects.
func (c Catalogue[F]) BySuffix(path string) (F, bool) {
	suffix := strings.ToLower(filepath.Ext(path))
	return c.find(func(_ string, suffixes []string) bool { return slices.Contains(suffixes, suffix) })
}

// Names returns the names of all formats.
func (c Catalogue[F]) Names() []string {
	names := make([]string, len(c))
	for i, f := range c {
		names[i], _ = f.Called()
	}
	return names
}

// Suffixes returns the suffixes of all formats.
func (c Catalogue[F]) Suffixes() (all []string) {
	for _, f := range c {
		_, suffixes := f.Called()
		all = append(all, suffixes...)
	}
	return all
}

func (c Catalogue[F]) find(match func(name string, suffixes []string) bool) (f F, ok bool) {
	for _, f := range c {
		if match(f.Called()) {
			return f, true
		}
	}
	return f, false
}
