// Which discoveries a choice of sources needs: no database is queried for names that no
// selector can match.

package config

import (
	"slices"
	"strings"
)

// Wanted returns the sources with a discovery that may find a source that one of the
// choices matches, each once: those of the config, and patterns that are selectors
// themselves. A choice is a list of selectors, as for [Config.Resolve], which reports wrong
// selectors.
func (c *Config) Wanted(choices ...[]string) (list []Source) {
	add := func(s Source) {
		if s.Discovery != nil && !slices.ContainsFunc(list, func(o Source) bool { return o.Name == s.Name && o.URL == s.URL }) {
			list = append(list, s)
		}
	}
	for _, selectors := range choices {
		parts, _ := split(selectors)
		var included, excluded []string
		for _, sel := range parts {
			if sel, ok := strings.CutPrefix(sel, "!"); ok {
				excluded = append(excluded, sel)
				continue
			}
			included = append(included, sel)
		}
		for _, s := range c.Sources {
			gone := slices.ContainsFunc(excluded, s.matches)
			if !gone && (len(included) == 0 || slices.ContainsFunc(included, func(sel string) bool { return c.mayMean(sel, s) })) {
				add(s)
			}
		}
		for _, sel := range included {
			for _, s := range c.adhocPatterns(sel) {
				add(s)
			}
		}
	}
	return list
}

// mayMean reports whether a selector may mean something that a source of the config
// finds, and does not certainly mean something else.
func (c *Config) mayMean(sel string, s Source) bool {
	if s.Discovery == nil {
		return false
	}
	if s.matches(sel) || s.Discovery.List == nil || strings.HasPrefix(sel, "tag:") {
		return s.matches(sel) || s.mayFind(sel)
	}
	// A list can contain any name except a URL or a file. It is not read for a name
	// that is known.
	known := func(o Source) bool {
		return o.matches(sel) || o.Discovery != nil && o.Discovery.List == nil && o.mayFind(sel)
	}
	if slices.ContainsFunc(c.Sources, known) {
		return strings.ContainsAny(sel, special) // it may match more
	}
	_, err := (Source{}).at(sel, kinds(c.Dialects))
	_, _, explicit := named(sel)
	return err != nil && !explicit
}

// mayFind reports whether a source with a discovery may find a source that the selector
// means: by a name below its own, or, for a list, by a pattern of names or a tag.
func (s Source) mayFind(sel string) bool {
	if s.Discovery == nil {
		return false
	}
	list := s.Discovery.List != nil
	if strings.HasPrefix(sel, "tag:") {
		return list
	}
	at := strings.IndexAny(sel, special)
	if list {
		return at >= 0
	}
	folder := s.Name + "/"
	if at < 0 {
		return strings.HasPrefix(sel, folder)
	}
	return strings.HasPrefix(sel[:at], folder) || strings.HasPrefix(folder, sel[:at])
}

// adhocPatterns returns the source for a selector that is a pattern of databases.
func (c *Config) adhocPatterns(sel string) []Source {
	name, location, explicit := named(sel)
	if refs, err := references(sel); err == nil && kinds(c.Dialects).isConnectionString(mask(sel, refs)) {
		explicit = false
	}
	if !explicit {
		name, location = "", sel
	}
	if !strings.ContainsAny(location, special) || plainURL(location) || slices.ContainsFunc(c.Sources, func(s Source) bool { return s.matches(sel) }) {
		return nil
	}
	found, err := Source{Name: name}.at(location, kinds(c.Dialects))
	if err != nil {
		return nil
	}
	return found
}

// plainURL reports whether a text is a URL without a pattern: its only special character
// is the ? before its parameters. There may be thousands of these.
func plainURL(text string) bool {
	return strings.Contains(text, "://") && !strings.ContainsAny(text, "*[") && strings.Count(text, "?") < 2
}
