// Files that are read must not be written: a database, the config, the query, a
// password.

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// A namedFile is a file that this run reads, and what it is.
type namedFile struct{ what, path string }

// inputs are the files that a run reads.
func (a *app) inputs(c *config.Config, opened []sources.Opened, chosen []config.Source, o *queryOptions) []namedFile {
	files := []namedFile{{"the config", c.Path}, {"the query", o.file}}
	if saved, ok := c.Query(o.name); ok {
		files = append(files, namedFile{"the query", saved.File})
	}
	for _, s := range opened {
		if s.Kind == config.SQLite {
			for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
				files = append(files, namedFile{"source " + s.Name(), s.Place() + suffix})
			}
		}
	}
	for _, s := range chosen {
		for _, path := range s.Files() {
			files = append(files, namedFile{"a file that source " + s.Name + " reads", path})
		}
	}
	for _, variable := range []string{"PGPASSFILE", "PGSERVICEFILE", "PGSSLKEY", "PGSSLCERT", "PGSSLROOTCERT"} {
		files = append(files, namedFile{"the file of " + variable, a.getenv(variable)})
	}
	if home := a.getenv("HOME"); home != "" {
		for _, name := range []string{".pgpass", ".pg_service.conf", ".my.cnf"} {
			files = append(files, namedFile{"~/" + name, filepath.Join(home, name)})
		}
	}
	return files
}

// distinct finds an output that would replace an input, or the other output,
// whatever names they go by.
func (o *queryOptions) distinct(inputs []namedFile) error {
	return apart([]namedFile{{"-o", o.output}, {"--report", o.report}, {"--profile", o.profile}}, inputs)
}

// apart finds an output that would replace an input or another output.
func apart(outputs, inputs []namedFile) error {
	for i, out := range outputs {
		if out.path == "" || out.path == "-" {
			continue
		}
		place := placeOf(out.path)
		for _, other := range outputs[i+1:] {
			if place.is(other.path) {
				return fmt.Errorf("%s and %s name the same file %s", out.what, other.what, output.Sanitize(out.path))
			}
		}
		for _, in := range inputs {
			if place.is(in.path) {
				return fmt.Errorf("%s %s would replace %s", out.what, output.Sanitize(out.path), in.what)
			}
		}
	}
	return nil
}

// A place is where an output goes, looked at once for all inputs, of which there
// may be many thousands.
type place struct {
	path string      // that it resolves to
	info os.FileInfo // nil where nothing is there yet
}

func placeOf(path string) place {
	p := place{path: output.Resolve(path)}
	if info, err := os.Stat(path); err == nil {
		p.info = info
	}
	return p
}

// is reports whether the path names the same regular file, there already or not.
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
	if !linked && filepath.Base(path) != filepath.Base(p.path) { // most of them
		return false
	}
	return p.path == output.Resolve(path)
}
