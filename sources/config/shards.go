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

// shards returns a source for each file that matches. It is called s.Name, a
// slash, and its path below the pattern's fixed part without suffix, so that
// shards/*.db under the name archive gives archive/2024. If no file matches, the
// one source that stands for all says so once it is chosen.
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

// below is the name of what a pattern of the name has found; it is all there is where the
// pattern has none.
func below(name, found string) string {
	if name == "" {
		return found
	}
	return name + "/" + found
}

// leavesOut reports whether what the source's pattern has found under the name is
// excluded, by that or by its whole name.
func (s Source) leavesOut(found string) bool {
	return slices.ContainsFunc(s.exclude, func(pattern string) bool {
		return matches(pattern, found) || matches(pattern, below(s.Name, found))
	})
}

// isPattern reports whether the source stands for others, or is one of those that a
// pattern stands for.
func (s Source) isPattern() bool { return s.Group != "" || s.pattern != "" || s.Discovery != nil }

// glob returns the databases among the files that match, sorted, without those that end
// in a suffix of what stands beside a database. Of dir, no character is special.
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

// fixedPart is the folder above the first special character of a pattern.
func fixedPart(dir, pattern string) string {
	if i := strings.IndexAny(pattern, "*?["); i >= 0 {
		pattern = pattern[:strings.LastIndexByte(pattern[:i], '/')+1]
	}
	return rooted(dir, pattern)
}

// shardNames returns each file a name of its own: its path below the folder,
// without suffix where that is enough to tell them apart.
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

// clean makes a name of what a database or a file is called: each run of characters
// that it cannot have becomes an underscore.
func clean(word string) string { return cleanBut(word, "") }

// cleanBut is clean that lets more characters stand.
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

// names are those in use.
type names map[string]bool

// free takes the first of the candidates that is not in use, or numbers the
// last of them.
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
