// Files that are read must not be written: a database, the config, the query.

package main

import (
	"fmt"
	"os"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// A namedFile is a file that this run reads, and what it is.
type namedFile struct{ what, path string }

// inputs are the files that a run reads.
func inputs(c *config.Config, opened []sources.Opened, o *queryOptions) []namedFile {
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
		return a == b
	}
	return x.Mode().IsRegular() && os.SameFile(x, y)
}
