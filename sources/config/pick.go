// Choosing among sources that are chosen already, and those of the config.

package config

import (
	"fmt"
	"slices"
	"strings"
)

// Pick gives the sources that selectors choose among the given ones and the
// config's, in that order: names, patterns of names and tags, as for
// [Config.Resolve], but no URLs and no files. Without a selector, or with
// exclusions only, it begins with all of the given ones.
func (c *Config) Pick(given []Source, selectors []string) ([]Source, error) {
	var known []Source
	for _, s := range slices.Concat(given, c.Sources) {
		if !slices.ContainsFunc(known, func(k Source) bool { return k.Name == s.Name }) {
			known = append(known, s)
		}
	}
	r := resolver{config: known, chosen: make([]bool, len(known))}
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
		if !found {
			return nil, r.unknownName(sel)
		}
	}
	if all {
		for i := range given {
			r.chosen[i] = true
		}
	}
	return r.result(excluded)
}

// unknownName is unknown for a selector that cannot be a URL or a file.
func (r *resolver) unknownName(sel string) error {
	if sel == "" {
		return fmt.Errorf("an empty selector: give a name, a pattern of names or tag:NAME")
	}
	return r.unknown(sel)
}
