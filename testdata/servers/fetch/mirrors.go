// The mirror of Debian that this machine uses. It is read from the sources of apt, in both of their
// formats.
package fetch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A sourceFile is a file of apt's sources.
type sourceFile struct{ path, text string }

// sources reads all sources of apt on this machine. It skips files that cannot be read.
func sources() (all []sourceFile) {
	paths := []string{"/etc/apt/sources.list"}
	for _, pattern := range []string{"*.list", "*.sources"} {
		found, _ := filepath.Glob("/etc/apt/sources.list.d/" + pattern) // a bad pattern would be the only error
		paths = append(paths, found...)
	}
	for _, path := range paths {
		if text, err := os.ReadFile(path); err == nil {
			all = append(all, sourceFile{path, string(text)})
		}
	}
	return all
}

// mirrors returns the addresses that may be a mirror of Debian: those with a component main, and
// with a suite that is the release itself. The signature shows whether the address is a mirror.
// Addresses that end in debian come first.
func mirrors(files []sourceFile) (all []string) {
	for _, f := range files {
		entries := oneLine(f.text)
		if strings.HasSuffix(f.path, ".sources") {
			entries = stanzas(f.text)
		}
		for _, e := range entries {
			if !slices.Contains(e.components, "main") || !slices.ContainsFunc(e.suites, isRelease) {
				continue
			}
			for _, uri := range e.uris {
				uri = strings.TrimSuffix(uri, "/")
				if !strings.HasPrefix(uri, "cdrom:") && !slices.Contains(all, uri) {
					all = append(all, uri)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return rank(a) - rank(b) })
	return all
}

func rank(uri string) int {
	if strings.HasSuffix(uri, "debian") {
		return 0
	}
	return 1
}

// isRelease reports whether a suite is a release, and not its updates.
func isRelease(suite string) bool { return !strings.ContainsAny(suite, "-/") }

// An entry says where packages are.
type entry struct{ uris, suites, components []string }

// oneLine reads lines like "deb [options] URI SUITE COMPONENT...".
func oneLine(text string) (all []entry) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		rest, ok := strings.CutPrefix(line, "deb ")
		if !ok {
			continue
		}
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "[") {
			_, rest, _ = strings.Cut(rest, "]")
		}
		if f := strings.Fields(rest); len(f) > 2 {
			all = append(all, entry{f[:1], f[1:2], f[2:]})
		}
	}
	return all
}

// stanzas reads paragraphs of "Field: value" lines. A value may continue in indented lines.
func stanzas(text string) (all []entry) {
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(text, "\r", ""), "\n\n") {
		fields, last := map[string]string{}, ""
		for line := range strings.Lines(paragraph) {
			name, value, ok := strings.Cut(line, ":")
			switch {
			case strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
				fields[last] += " " + line
			case ok:
				last = strings.ToLower(name)
				fields[last] = value
			}
		}
		if !slices.Contains(strings.Fields(fields["types"]), "deb") || strings.TrimSpace(fields["enabled"]) == "no" {
			continue
		}
		all = append(all, entry{
			strings.Fields(fields["uris"]), strings.Fields(fields["suites"]), strings.Fields(fields["components"]),
		})
	}
	return all
}
