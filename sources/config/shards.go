// Patterns of files: one source per file.

package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// shards returns a source for each file that matches. Its name is s.Name, a slash, and
// the path below the pattern's fixed part without suffix: shards/*.db under the name
// archive gives archive/2024. If no file matches, it returns one source for the
// pattern, which reports that once it is chosen.
func (s Source) shards(pattern string) ([]Source, error) {
	files, err := glob(s.dir, pattern, s.Kind.Sidecars)
	if err != nil {
		return nil, err
	}
	found := s
	found.Group = s.Name
	var list []Source
	for i, name := range shardNames(fixedPart(s.dir, pattern), files) {
		found.Path, found.Name = files[i], below(s.Name, name)
		if !s.leavesOut(name) {
			list = append(list, found)
		}
	}
	if len(list) == 0 {
		s.pattern = pattern
		list = []Source{s}
	}
	return list, nil
}

// below returns the name of a source that a pattern has found: the pattern's name, a slash
// and the found name, or only the latter if the pattern has no name.
func below(name, found string) string {
	if name == "" {
		return found
	}
	return name + "/" + found
}

// leavesOut reports whether the pattern's exclusions match a source that it has found,
// by its found name or by its whole name.
func (s Source) leavesOut(found string) bool {
	return slices.ContainsFunc(s.exclude, func(pattern string) bool {
		return matches(pattern, found) || matches(pattern, below(s.Name, found))
	})
}

// isPattern reports whether the source stands for others, or was found by a pattern.
func (s Source) isPattern() bool { return s.Group != "" || s.pattern != "" || s.Discovery != nil }

// glob returns the databases among the files that match, sorted, without those that
// have the suffix of a sidecar file. No character of dir is special.
func glob(dir, pattern string, sidecars []string) ([]string, error) {
	base, pattern := root(dir, pattern)
	base = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(base)
	files, err := filepath.Glob(filepath.Join(base, pattern))
	if err != nil {
		return nil, errors.New("not a pattern: a [ is without its ]")
	}
	files = slices.DeleteFunc(files, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.IsDir() || slices.ContainsFunc(sidecars, func(s string) bool { return strings.HasSuffix(path, s) })
	})
	slices.Sort(files)
	return files, nil
}

// fixedPart returns the folder above the first special character of a pattern.
func fixedPart(dir, pattern string) string {
	if i := strings.IndexAny(pattern, "*?["); i >= 0 {
		pattern = pattern[:strings.LastIndexByte(pattern[:i], '/')+1]
	}
	return rooted(dir, pattern)
}

// shardNames returns a name for each file: its path below the folder, without suffix if
// the names are still different.
func shardNames(folder string, files []string) []string {
	long := make([]string, len(files))
	short := make([]string, len(files))
	count := map[string]int{}
	for i, path := range files {
		long[i] = path
		if rel, err := filepath.Rel(folder, path); err == nil {
			long[i] = rel
		}
		long[i] = clean(filepath.ToSlash(long[i]))
		short[i] = strings.TrimSuffix(long[i], filepath.Ext(long[i]))
		count[short[i]]++
	}
	taken := names{}
	for i := range files {
		if short[i] == "" || count[short[i]] > 1 {
			short[i] = long[i]
		}
		short[i] = taken.free(short[i])
	}
	return short
}

// clean makes a valid name of a database's or a file's: each run of invalid characters
// becomes an underscore.
func clean(word string) string { return cleanBut(word, "") }

// cleanBut is like clean, but also keeps the characters in more.
func cleanBut(word, more string) string {
	var b strings.Builder
	fitted := true
	for _, r := range word {
		fits := isWord(r) || strings.ContainsRune("./@:-"+more, r)
		switch {
		case fits:
			b.WriteRune(r)
		case fitted:
			b.WriteByte('_')
		}
		fitted = fits
	}
	return b.String()
}

// names are the names in use.
type names map[string]bool

// free returns the first of the candidates that is not in use, or else the last one with a
// number.
func (n names) free(candidates ...string) string {
	last := candidates[len(candidates)-1]
	for i := 2; slices.IndexFunc(candidates, n.without) < 0; i++ {
		candidates = []string{fmt.Sprintf("%s-%d", last, i)}
	}
	name := candidates[slices.IndexFunc(candidates, n.without)]
	n[name] = true
	return name
}

func (n names) without(name string) bool { return !n[name] }
