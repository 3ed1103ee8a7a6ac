// The environment of programs that a config names. It lacks the secrets of databases,
// which these programs do not need and could print or send away.

package config

import (
	"slices"
	"strings"
)

// Withheld returns the variables that programs of this config do not get: those that URLs
// refer to as ${env:NAME}, and those that database clients read passwords from. References
// in notify are included. More are sources outside of the config.
func (c *Config) Withheld(more ...Source) []string {
	var names []string
	for _, d := range c.Dialects {
		names = append(names, d.SecretVariables...)
	}
	add := func(refs []reference) {
		for _, r := range refs {
			if r.kind == ofVariable && !slices.Contains(names, r.name) {
				names = append(names, r.name)
			}
		}
	}
	for _, c := range c.Channels {
		for _, r := range c.references() {
			refs, _ := references(r.Text) // errors are found when it is used
			add(refs)
		}
	}
	for _, s := range slices.Concat(c.Sources, more) {
		var refs []reference
		for _, s := range s.each() {
			own, _ := references(s.URL) // Expand reports their errors
			refs = append(refs, own...)
		}
		add(refs)
	}
	return names
}

// Environment returns an environment, in the form of [os.Environ], without the withheld
// variables.
func Environment(env, withheld []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(withheld, name)
	})
}
