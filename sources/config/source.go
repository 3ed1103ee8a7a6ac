// Reading a source of fanql.yaml: its URL, and the settings that it has in common with
// sources_from.

package config

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/fanql/fanql/sources/row"
)

var (
	settingKeys = []string{"tags", "timeout", "connect_timeout", "per_server", "password_command", "time_zone", "timestamps_in", "timestamps_gap", "columns", "read_only", "tunnel"}
	sourceKeys  = append([]string{"url", "urls", "hedge", "exclude"}, settingKeys...)
)

// settings are the settings of a source while they are read.
type settings struct {
	source  *Source
	what    string  // names the source in messages
	given   []entry // keys that may have no effect for the kind
	command entry   // password_command
	gap     entry   // timestamps_gap
}

// settingOf reads one of settingKeys.
func (d *document) settingOf(s *settings, f entry) {
	switch f.key {
	case "tags":
		s.source.Tags = d.tags(f, s.what)
	case "timeout":
		s.source.Timeout = d.duration(f, s.what)
	case "connect_timeout":
		s.source.ConnectTimeout = d.duration(f, s.what)
	case "per_server":
		s.given = append(s.given, f)
		s.source.PerServer = d.count(f, s.what, "no limit")
	case "password_command":
		s.command = f
		if s.source.PasswordCommand, _ = d.scalar(f, s.what+": password_command"); s.source.PasswordCommand != "" {
			s.given = append(s.given, f)
		}
	case "time_zone":
		s.given = append(s.given, f)
		s.source.TimeZone = d.zone(f, s.what)
	case "timestamps_in":
		s.source.TimestampsIn.Zone = d.location(f, s.what)
	case "timestamps_gap":
		s.source.TimestampsIn.Gap = d.gap(f, s.what)
		s.gap = f
	case "columns":
		s.source.Columns = d.columns(f, s.what)
	case "tunnel":
		s.given = append(s.given, f)
		s.source.through.name, _ = d.scalar(f, s.what+": tunnel")
		s.source.through.at = f.at
	case "read_only":
		s.given = append(s.given, f)
		s.source.BestEffort = d.bestEffort(f, s.what)
	}
}

// checkSettings checks settings that depend on each other.
func (d *document) checkSettings(s *settings) {
	if in := s.source.TimestampsIn; in.Gap != row.NoGap && in.Zone == nil {
		s.gap.key = s.what
		d.gaps = append(d.gaps, s.gap)
	}
}

// source returns the source, or several if its URL is a pattern of files, or none if the
// URL is wrong.
func (d *document) source(e entry, dir string) []Source {
	what := "source " + e.key
	s := Source{Name: e.key, Pos: e.at, dir: dir}
	if _, ok := e.value.(*ast.StringNode); ok && e.torn {
		if _, err := s.at(e.value.(*ast.StringNode).Value, d.kinds); err != nil {
			d.add(e.at, "source: %s", errTorn)
			return nil
		}
	}
	url, exclude := e, entry{}
	var urls, hedge entry
	own := settings{source: &s, what: what, command: e, gap: e}
	if _, ok := e.value.(ast.MapNode); ok {
		url.value = nil
		for _, f := range d.known(d.entries(e.value, what), what, sourceKeys) {
			switch f.key {
			case "url":
				url = f
			case "urls":
				urls = f
			case "hedge":
				hedge = f
			case "exclude":
				exclude = f
				s.exclude, _ = d.scalars(f, what+": exclude")
			default:
				d.settingOf(&own, f)
			}
		}
		switch {
		case url.value != nil && urls.key != "":
			d.add(urls.at, "%s: it has both url and urls: leave one of them out", what)
			return nil
		case urls.key != "":
			url = d.first(urls)
		}
		if url.value == nil {
			d.add(url.at, "%s: it has no url: write url: and a database URL or a file", what)
			return nil
		}
	}
	d.checkSettings(&own)
	text, ok := d.scalar(url, what)
	if !ok {
		return nil
	}
	if text == "" {
		d.add(url.place(), "%s: its url is empty", what)
		return nil
	}
	s.url = url.place()
	all, err := s.at(text, d.kinds)
	if err != nil {
		d.add(url.place(), "%s: %v", what, err)
		return nil
	}
	if urls.key != "" {
		if all[0].isPattern() {
			d.add(url.place(), "%s: urls: a pattern stands for several sources, and urls are ways to one", what)
		}
		all[0].Copies = d.copies(all[0], urls)
	}
	if hedge.key != "" {
		switch by := d.duration(hedge, what); {
		case len(all[0].Copies) == 0:
			d.add(hedge.at, "%s: hedge goes with urls, of which there are two at least: the next is asked after that time", what)
		case by != nil:
			all[0].Hedge = *by
		}
	}
	kind := all[0].Kind
	for _, f := range own.given {
		if kind == nil {
			break
		}
		if why, ok := kind.Meaningless[f.key]; ok {
			d.add(f.at, "%s: %s: %s", what, f.key, why)
		}
	}
	if exclude.key != "" && !all[0].isPattern() {
		d.add(exclude.at, "%s: exclude goes with a url that is a pattern, such as postgres://host/shop_* or sqlite:shards/*.db", what)
	}
	if s.PasswordCommand != "" && !kind.OfFiles() && hasPassword(text) {
		d.add(own.command.at, "%s: password_command: the url has a password already", what)
	}
	return all
}

// zone reads the time zone of a session. It returns an empty string, and records the
// reason, for anything else.
func (d *document) zone(e entry, what string) string {
	what += ": " + e.key
	text, ok := d.setting(e, what)
	if !ok {
		return ""
	}
	zone, err := ParseZone(text)
	if err != nil {
		d.add(e.place(), "%s: %v", what, err)
	}
	return zone
}

// bestEffort reads read_only. It has one value, because read-only access cannot be
// switched off.
func (d *document) bestEffort(e entry, what string) bool {
	text, ok := d.setting(e, what+": read_only")
	if ok && text != "best_effort" {
		d.add(e.place(), "%s: read_only: %s: the one value is best_effort, which asks a server that cannot be held to reading only; without it such a source fails", what, shown(text))
	}
	return text == "best_effort"
}

func (d *document) tags(e entry, what string) (tags []string) {
	texts, at := d.scalars(e, what+": tags")
	for i, tag := range texts {
		if !isName(tag) {
			d.add(at[i], "%s: tag %s: a tag has letters, digits, _ - . and /", what, shown(tag))
			continue
		}
		tags = append(tags, tag)
	}
	return tags
}
