// Tunnels, and sources that several URLs lead to.

package config

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/tunnel"
)

var tunnelKeys = []string{"command", "ready"}

// tunnels reads the programs that lead to servers, by their names.
func (d *document) tunnels(n ast.Node) map[string]*tunnel.Tunnel {
	all := map[string]*tunnel.Tunnel{}
	for _, e := range d.named(d.entries(n, "tunnels"), "tunnel") {
		what := "tunnel " + e.key
		t := &tunnel.Tunnel{Name: e.key, Dir: d.dir}
		all[e.key] = t
		command := e
		for _, f := range d.known(d.entries(e.value, what), what, tunnelKeys) {
			switch f.key {
			case "command":
				command = f
				t.Command, _ = d.scalars(f, what+": command")
			case "ready":
				if text, ok := d.scalar(f, what+": ready"); ok && text != "port" {
					d.add(f.place(), "%s: ready: %s: the one value is port, which waits until the local port takes connections", what, shown(text))
				}
			}
		}
		switch {
		case len(t.Command) == 0 || t.Command[0] == "":
			d.add(command.place(), `%s: it names no program: write command: [ssh, -N, -L, "%s:db.internal:5432", bastion]`, what, tunnel.Port)
		case !slices.ContainsFunc(t.Command, func(arg string) bool { return strings.Contains(arg, tunnel.Port) }):
			d.add(command.place(), "%s: its command has no %s: write it where the program takes the local port", what, tunnel.Port)
		}
	}
	return all
}

// joinTunnels assigns to the sources the tunnels that they name.
func (d *document) joinTunnels(list []Source, all map[string]*tunnel.Tunnel) {
	for i := range list {
		s := &list[i]
		listed := s.Discovery != nil && s.Discovery.List != nil
		through := slices.ContainsFunc(s.each(), Source.hasPort)
		switch {
		case s.through.name == "" && through:
			d.add(s.url, "source %s: %s stands for the port of a tunnel: give the source one, as tunnel: NAME", s.Name, tunnel.Port)
		case s.through.name == "":
		case all[s.through.name] == nil:
			known := slices.Sorted(maps.Keys(all))
			hint := "there are no tunnels"
			if near, ok := nearest.Name(s.through.name, known); ok {
				hint = "did you mean " + near + "?"
			} else if len(known) > 0 {
				hint = "there are " + strings.Join(known, ", ")
			}
			d.add(s.through.at, "source %s: tunnel %s: %s", s.Name, shown(s.through.name), hint)
		case !through && !listed && !s.Kind.OfFiles():
			d.add(s.through.at, "source %s: tunnel: its url has no %s: write it for the port, as in postgres://reader@localhost:%s/shop", s.Name, tunnel.Port, tunnel.Port)
		}
		if s.Tunnel = all[s.through.name]; s.Tunnel == nil && through {
			s.Tunnel = &tunnel.Tunnel{} // the error has been reported
		}
		for n := range s.Copies {
			s.Copies[n].Tunnel = s.Tunnel
		}
	}
}

// hasPort reports whether the source's URL holds the port of a tunnel.
func (s Source) hasPort() bool {
	refs, _ := references(s.URL) // they have been checked
	return slices.ContainsFunc(refs, func(r reference) bool { return r.kind == ofPort })
}

// port returns the port of the source's tunnel.
func (s Source) port() (string, error) {
	if s.Tunnel == nil {
		return "", errors.New(tunnel.Port + " stands for the port of a tunnel, which a source of a config can have")
	}
	port, err := s.Tunnel.LocalPort()
	return strconv.Itoa(port), err
}

// each returns the source and its copies.
func (s Source) each() []Source {
	return append([]Source{s}, s.Copies...)
}

// first returns the entry with only the first value of its list.
func (d *document) first(e entry) entry {
	list, ok := e.value.(*ast.SequenceNode)
	switch {
	case !ok:
		return e
	case len(list.Values) == 0:
		e.value = nil
	default:
		e.value = d.follow(list.Values[0])
	}
	return e
}

// copies reads the URLs after the first: other connections to the same rows.
func (d *document) copies(s Source, e entry) (all []Source) {
	what := "source " + s.Name
	texts, at := d.scalars(e, what+": urls")
	for i := 1; i < len(texts); i++ {
		one, err := s.at(texts[i], d.kinds)
		switch {
		case err != nil:
			d.add(at[i], "%s: %v", what, err)
		case len(one) != 1 || one[0].isPattern():
			d.add(at[i], "%s: urls: a pattern stands for several sources, and urls are ways to one", what)
		case s.Kind != nil && one[0].Kind != nil && one[0].Kind != s.Kind:
			d.add(at[i], "%s: urls: one is of %s and another of %s: they are ways to one database and its copies", what, s.Kind, one[0].Kind)
		default:
			one[0].url = at[i]
			all = append(all, one[0])
		}
	}
	return all
}

// Close ends the tunnels that connections went through. The caller of Load calls it when
// all queries have ended.
func (c *Config) Close() {
	for _, t := range c.Tunnels {
		t.Close()
	}
}
