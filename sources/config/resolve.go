// Chooses sources: converts the values of --source to the sources of a run.

package config

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
)

// Resolve returns the sources that the selectors choose: the config's in its order, and
// then those given ad hoc in the order of the flags, each once. Without a selector, or
// with exclusions only, it begins with all of the config's. A selector is
//
//	eu                   a source's name, or that of a pattern with all its files
//	eu-*                 a pattern of names, whose * also crosses a /
//	tag:prod             a tag, or a pattern of tags
//	!eu-3  !tag:old      an exclusion, which applies in any position
//	eu,us  !eu,us        several at once
//	postgres://...       a URL, called after its database and host
//	shop.db  shards/*.db a SQLite file, or a pattern of them, called after the files
//	live=sqlite:shop.db  a URL, file or pattern with a name
//
// A name of the config takes precedence over a file of the same name. A selector that
// matches nothing is an error.
func (c *Config) Resolve(selectors []string) ([]Source, error) {
	n := len(selectors) + len(c.Sources) // there may be thousands
	r := resolver{known: kinds(c.Dialects), path: c.Path, config: c.Sources, c: c, chosen: make([]bool, len(c.Sources)), used: make(names, n), reserved: make(names, n), placed: make(map[string][]string, len(selectors))}
	if len(c.Sources) == 0 {
		r.adhoc = make([]Source, 0, len(selectors))
	}
	for _, s := range c.Sources {
		r.used[s.Name], r.reserved[s.Name] = true, true
		r.reserved[s.Group] = true
	}
	var excluded []string
	parts, numbers := split(selectors)
	for _, sel := range parts { // a given name takes precedence over a generated one
		if name, _, ok := named(sel); ok {
			r.reserved[name] = true
		}
	}
	all := true
	for i, sel := range parts {
		if sel, ok := strings.CutPrefix(sel, "!"); ok {
			excluded = append(excluded, sel)
			continue
		}
		all = false
		if err := r.include(sel, numbers[i]); err != nil {
			return nil, err
		}
	}
	if all {
		for i := range r.chosen {
			r.chosen[i] = true
		}
	}
	list, err := r.result(excluded)
	for i := range list {
		list[i] = c.withSettings(list[i])
	}
	return list, err
}

// split splits lists, and returns the number of the flag for each selector. A ! before
// a list applies to all of it.
func split(selectors []string) (parts []string, numbers []int) {
	for i, sel := range selectors {
		list := []string{sel}
		bare := strings.TrimPrefix(sel, "!")
		if _, _, named := named(bare); !named && !strings.Contains(bare, "@") && !strings.Contains(bare, "://") && !secretForm().MatchString(bare) && !isURL(bare) && !exists(bare) {
			list = strings.Split(sel, ",")
		}
		for _, part := range list {
			if bare != sel && !strings.HasPrefix(part, "!") {
				part = "!" + part
			}
			parts, numbers = append(parts, part), append(numbers, i+1)
		}
	}
	return parts, numbers
}

// isURL reports whether a selector has a scheme. tag: is not a scheme.
func isURL(sel string) bool {
	return schemeForm().MatchString(sel) && !strings.HasPrefix(sel, "tag:")
}

// A resolver collects the chosen sources.
type resolver struct {
	known    kinds
	path     string  // of the config file
	c        *Config // nil if nothing is given ad hoc
	config   []Source
	chosen   []bool              // of config
	adhoc    []Source            // in the order of the flags
	placed   map[string][]string // the names of adhoc, by their places
	used     names               // by config and adhoc
	reserved names               // used names, names before a =, and names of patterns
}

func (r *resolver) include(sel string, number int) error {
	found := false
	for i, s := range r.config {
		if s.matches(sel) {
			r.chosen[i], found = true, true
		}
	}
	if found || r.open(sel) {
		return nil
	}
	if strings.HasPrefix(sel, "tag:") {
		return r.unknown(sel)
	}
	return r.addAdhoc(sel, number)
}

// open chooses sources with an unfinished discovery that may find what the selector
// means, and reports whether there are any.
func (r *resolver) open(sel string) (found bool) {
	whole := Config{Dialects: r.known.dialects(), Sources: r.config}
	for i, s := range r.config {
		if whole.mayMean(sel, s) {
			r.chosen[i], found = true, true
		}
	}
	return found
}

func (r *resolver) result(excluded []string) (list []Source, err error) {
	list = make([]Source, 0, len(r.config)+len(r.adhoc))
	for i, s := range r.config {
		if r.chosen[i] {
			list = append(list, s)
		}
	}
	if list = append(list, r.adhoc...); len(r.config) == 0 {
		list = r.adhoc // there may be thousands
	}
	if len(list) == 0 {
		if r.path != "" {
			return nil, option.Errorf("no sources: %s has none: give at least one {source}", r.path)
		}
		return nil, option.New("no sources: give at least one {source}, or a config file")
	}
	for _, sel := range excluded {
		matches := func(s Source) bool { return s.matches(sel) }
		mayFind := func(s Source) bool { return s.mayFind(sel) || s.Discovery != nil && s.Discovery.List != nil }
		if !slices.ContainsFunc(r.config, matches) && !slices.ContainsFunc(r.adhoc, matches) && !slices.ContainsFunc(r.config, mayFind) {
			return nil, r.unknown(sel)
		}
		list = slices.DeleteFunc(list, matches)
	}
	if len(list) == 0 {
		return nil, errNoneLeft
	}
	return list, nil
}

// errNoneLeft is the error if exclusions leave no source.
var errNoneLeft = errors.New("no sources are left: all that were chosen are excluded")

// matches reports whether the selector matches the source.
func (s Source) matches(sel string) bool {
	if tag, ok := strings.CutPrefix(sel, "tag:"); ok {
		return slices.ContainsFunc(s.Tags, func(t string) bool { return matches(tag, t) })
	}
	return matches(sel, s.Name) || s.Group != "" && matches(sel, s.Group)
}

// matches is like path.Match, but * also matches slashes.
func matches(pattern, name string) bool {
	plain := strings.NewReplacer("/", "\x00")
	ok, err := path.Match(plain.Replace(pattern), plain.Replace(name))
	return pattern == name || ok && err == nil
}

// unknown returns the error for a selector that matches nothing.
func (r *resolver) unknown(sel string) error {
	if tag, ok := strings.CutPrefix(sel, "tag:"); ok {
		tags := map[string]bool{}
		for _, s := range r.config {
			for _, t := range s.Tags {
				tags[t] = true
			}
		}
		if len(tags) == 0 {
			return fmt.Errorf("no source has the tag %s: there are no tags", shown(tag))
		}
		return fmt.Errorf("no source has the tag %s: %s", shown(tag), didYouMean(tag, slices.Sorted(maps.Keys(tags))))
	}
	var known []string
	for _, s := range slices.Concat(r.config, r.adhoc) {
		if s.Group != "" && !slices.Contains(known, s.Group) {
			known = append(known, s.Group)
		}
		if s.Group == "" || len(r.config) < 100 {
			known = append(known, s.Name)
		}
	}
	below := func(s Source) bool { return strings.HasPrefix(s.Name, sel+"/") }
	switch {
	case sel != "" && (slices.ContainsFunc(r.config, below) || slices.ContainsFunc(r.adhoc, below)):
		return fmt.Errorf("unknown source %s: did you mean %s?", shown(sel), shown(sel+"/*"))
	case sel == "":
		return option.New("an empty {source}: give a name, a URL or a file")
	case !showable().MatchString(sel):
		return option.Errorf("a {source} that is %w", noLocation{r.known})
	case strings.ContainsAny(sel, "*?["):
		return fmt.Errorf("no source and no file matches %s", shown(sel))
	case len(known) == 0 && r.path != "":
		return fmt.Errorf("unknown source %s: %s names none; %w", shown(sel), r.path, noLocation{r.known})
	case len(known) == 0:
		return fmt.Errorf("unknown source %s: no config names any; %w", shown(sel), noLocation{r.known})
	case len(known) > 12:
		if _, near := nearest.Name(sel, known); !near {
			return fmt.Errorf("unknown source %s: `fanql sources` lists them", shown(sel))
		}
	}
	return fmt.Errorf("unknown source %s: %s", shown(sel), didYouMean(sel, known))
}
