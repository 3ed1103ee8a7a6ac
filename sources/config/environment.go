// The environment of programs that a config names: without the secrets of databases,
// which they could print or send away, and do not need.

package config

import (
	"slices"
	"strings"
)

// Withheld are the variables that programs of this config are not given: those that
// URLs refer to as ${env:NAME}, and those that clients of databases read passwords
// from. More are sources that are not of the config.
func (c *Config) Withheld(more ...Source) []string {
	var names []string
	for _, d := range c.Dialects {
		names = append(names, d.SecretVariables...)
	}
	for _, s := range slices.Concat(c.Sources, more) {
		var refs []reference
		for _, s := range s.each() {
			own, _ := references(s.URL) // what is wrong with them, Expand says
			refs = append(refs, own...)
		}
		for _, r := range refs {
			if !r.file && !r.port && !slices.Contains(names, r.name) {
				names = append(names, r.name)
			}
		}
	}
	return names
}

// Environment returns what is left of an environment, as [os.Environ] gives it, without
// some variables.
func Environment(env, withheld []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(withheld, name)
	})
}
