// Files that are read must not be overwritten: a database, the config, the query, a
// password.

package run

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/config"
)

// A NamedFile is a file of a run, and its purpose.
type NamedFile struct{ What, Path string }

// Inputs returns the files that a run over these targets reads.
func Inputs(c *config.Config, targets Targets, getenv func(string) string) []NamedFile {
	var files []NamedFile
	for _, path := range c.Files {
		files = append(files, NamedFile{"the config", path})
	}
	for i := range targets {
		t := &targets[i]
		for _, o := range t.opened() {
			if kind := o.Kind; kind.OfFiles() {
				for _, suffix := range append([]string{""}, kind.Sidecars...) {
					files = append(files, NamedFile{"source " + t.Opened.Name(), o.Place() + suffix})
				}
			}
		}
		for _, path := range t.Config.Files() {
			files = append(files, NamedFile{"a file that source " + t.Config.Name + " reads", path})
		}
	}
	for _, path := range c.ListFiles() {
		files = append(files, NamedFile{"a list of sources", path})
	}
	home := getenv("HOME")
	for _, d := range c.Dialects {
		for _, variable := range d.FileVariables {
			files = append(files, NamedFile{"the file of " + variable, getenv(variable)})
		}
		for _, name := range d.HomeFiles {
			if home != "" {
				files = append(files, NamedFile{"~/" + name, filepath.Join(home, name)})
			}
		}
	}
	return files
}

// Collisions returns an error if an output would replace an input or another output, also
// under another name.
func Collisions(outputs, inputs []NamedFile) error {
	for i, out := range outputs {
		if out.Path == "" || out.Path == "-" {
			continue
		}
		place := placeOf(out.Path)
		for _, other := range outputs[i+1:] {
			if place.is(other.Path) {
				return fmt.Errorf("%s and %s name the same file %s", out.What, other.What, output.Sanitize(out.Path))
			}
		}
		for _, in := range inputs {
			if place.is(in.Path) {
				return fmt.Errorf("%s %s would replace %s", out.What, output.Sanitize(out.Path), in.What)
			}
		}
	}
	return nil
}

// SameFile reports whether two paths name the same regular file, which need not exist.
func SameFile(a, b string) bool { return placeOf(a).is(b) }

// A place is the target of an output. It is resolved once for all inputs, of which
// there may be many thousands.
type place struct {
	path string      // the resolved path
	info os.FileInfo // nil if nothing is there yet
}

func placeOf(path string) place {
	p := place{path: output.Resolve(path)}
	if info, err := os.Stat(path); err == nil {
		p.info = info
	}
	return p
}

// is reports whether the path names the same regular file, which need not exist.
func (p place) is(path string) bool {
	if path == "" || path == "-" {
		return false
	}
	info, err := os.Lstat(path)
	linked := err == nil && info.Mode()&fs.ModeSymlink != 0
	if linked {
		info, err = os.Stat(path)
	}
	if err == nil && p.info != nil {
		return p.info.Mode().IsRegular() && os.SameFile(p.info, info)
	}
	if !linked && filepath.Base(path) != filepath.Base(p.path) { // the usual case
		return false
	}
	return p.path == output.Resolve(path)
}
