// The version of the file's format.

package config

import "strconv"

// format is the newest version of fanql.yaml that is read. A file without a version has it
// as well. It changes only if an existing file could no longer be read, or would mean
// something else; a new key does not change it.
const format = 1

// understood reports whether the file has a known format. If it has not, only its version
// is reported, because other errors would be about keys that a newer fanql knows.
func (d *document) understood(all []entry) bool {
	for _, e := range all {
		if e.key != "version" || e.torn {
			continue
		}
		text, ok := d.scalar(e, "version")
		if !ok {
			return true // reported with the other errors
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
