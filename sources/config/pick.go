// Choosing among the sources of a run and those of the config.

package config

import (
	"fmt"
	"slices"
	"strings"
)

// A Given has the sources that a user has chosen for a run.
type Given struct {
	Sources []Source
	// Excluded are selectors of sources that must not be queried, whatever else chooses
	// them.
	Excluded []string
}

// Given resolves the selectors as [Config.Resolve] does, and keeps their exclusions.
func (c *Config) Given(selectors []string) (g Given, err error) {
	g.Sources, err = c.Resolve(selectors)
	parts, _ := split(selectors)
	for _, sel := range parts {
		if sel, ok := strings.CutPrefix(sel, "!"); ok {
			g.Excluded = append(g.Excluded, sel)
		}
	}
	return g, err
}

// excludes reports whether the source must not be queried.
func (g Given) excludes(s Source) bool {
	return slices.ContainsFunc(g.Excluded, func(sel string) bool { return s.matches(sel) })
}

// Pick returns the sources that selectors choose among the given ones and the config's,
// in that order: names, patterns of names and tags, as for [Config.Resolve], but no
// URLs and no files. Without a selector, or with exclusions only, it begins with all of
// the given ones. Sources that the user has excluded are left out in every case.
func (c *Config) Pick(given Given, selectors []string) ([]Source, error) {
	var known []Source
	names := map[string]bool{}
	for _, s := range slices.Concat(given.Sources, c.Sources) {
		if !names[s.Name] {
			known = append(known, s)
			names[s.Name] = true
		}
	}
	r := resolver{known: kinds(c.Dialects), config: known, chosen: make([]bool, len(known))}
	var excluded []string
	all := true
	for sel := range strings.SplitSeq(strings.Join(selectors, ","), ",") {
		if sel, ok := strings.CutPrefix(sel, "!"); ok {
			excluded = append(excluded, sel)
			continue
		}
		if sel == "" && len(selectors) == 0 {
			continue
		}
		all = false
		found := false
		for i, s := range known {
			if s.matches(sel) {
				r.chosen[i], found = true, true
			}
		}
		if !found && !r.open(sel) {
			return nil, r.unknownName(sel)
		}
	}
	if all {
		for i := range given.Sources {
			r.chosen[i] = true
		}
	}
	list, err := r.result(excluded)
	for i := range list {
		list[i] = c.withSettings(list[i])
	}
	if list = slices.DeleteFunc(list, given.excludes); err == nil && len(list) == 0 {
		err = errNoneLeft
	}
	return list, err
}

// unknownName is unknown for a selector that cannot be a URL or a file.
func (r *resolver) unknownName(sel string) error {
	if sel == "" {
		return fmt.Errorf("an empty selector: give a name, a pattern of names or tag:NAME")
	}
	return r.unknown(sel)
}
