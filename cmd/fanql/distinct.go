// Files that are read must not be written: a database, the config, the query, a
// password.

package main

import (
	"fmt"
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
	if o.output != "" && o.output != "-" && same(o.output, o.report) {
		return fmt.Errorf("-o and --report name the same file %s", o.output)
	}
	for _, out := range []namedFile{{"-o", o.output}, {"--report", o.report}} {
		for _, in := range inputs {
			if same(out.path, in.path) {
				return fmt.Errorf("%s %s would replace %s", out.what, out.path, in.what)
			}
		}
	}
	return nil
}

// same reports whether two paths name one regular file, there already or not.
func same(a, b string) bool {
	if a == "" || b == "" || a == "-" || b == "-" {
		return false
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX != nil || errY != nil {
		return output.Resolve(a) == output.Resolve(b)
	}
	return x.Mode().IsRegular() && os.SameFile(x, y)
}
