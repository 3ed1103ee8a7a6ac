// The version of the file's format.

package config

import "strconv"

// format is the newest version of fanql.yaml that is read, and what a file without a
// version has. It grows only where a file that was read would be read no more, or would
// mean something else; a new key does not change it.
const format = 1

// understood reports whether the file is of a format that is read. The errors of one that
// is not would be about keys that a newer fanql knows, so its version is all that is
// reported.
func (d *document) understood(all []entry) bool {
	for _, e := range all {
		if e.key != "version" || e.torn {
			continue
		}
		text, ok := d.scalar(e, "version")
		if !ok {
			return true // reported with what else is wrong
		}
		switch n, err := strconv.Atoi(text); {
		case err != nil || n < 1:
			d.add(e.place(), "version: %s is not the number of a format: write %d, or leave it out", shown(text), format)
		case n > format:
			d.add(e.place(), "version: the file is of format %d, and this fanql reads format %d: use a newer fanql", n, format)
			return false
		}
	}
	return true
}
