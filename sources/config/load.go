// Reading fanql.yaml: which keys there are, and what their values may be. Saved
// queries are in saved.go, checks in checks.go.

package config

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/trust"
)

var (
	rootKeys    = []string{"sources", "defaults", "queries", "checks", "on_failure"}
	sourceKeys  = []string{"url", "tags", "timeout", "connect_timeout", "per_server", "password_command", "time_zone", "timestamps_in", "timestamps_gap", "read_only"}
	defaultKeys = []string{"timeout", "connect_timeout", "per_server", "samples", "time_zone", "timestamps_in", "timestamps_gap"}
)

// Load reads the file. Its error joins an [*Error] for everything that is wrong
// in it, in the order of their places; beside it stands what could be read
// nevertheless, for finding what else is wrong, and nil where nothing could. Known are
// the kinds of databases that sources can be of. Getenv
// ([os.Getenv]) gives the variables that settings refer to. What else depends on
// the moment (a URL's variable, a file with a password, a parameter's value, a
// pattern without a file) is left to the use of the source or the query.
func Load(path string, known driver.Dialects, getenv func(string) string) (*Config, error) {
	text, info, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("config file %s: %w", path, unwrapped(err))
	}
	c := &Config{Dialects: known, Path: path}
	d := newDocument(path, getenv)
	d.kinds = kinds(known)
	root := d.parse(text)
	for _, e := range d.known(d.entries(root, "the config"), "the config", rootKeys) {
		switch e.key {
		case "sources":
			c.Sources, c.Unread = d.sources(e.value, c.dir())
		case "defaults":
			c.Defaults = d.defaults(e.value)
		case "queries":
			c.Queries = d.queries(e.value, c.dir())
		case "checks":
			c.Checks = d.checks(e.value, path)
		case "on_failure":
			c.OnFailure = d.onFailure(e)
		}
	}
	for _, gap := range d.gaps {
		if c.Defaults.TimestampsIn.Zone == nil {
			d.add(gap.at, "%s: timestamps_gap goes with timestamps_in, which says the zone", gap.key)
		}
	}
	if err := d.err(); err != nil {
		return c, err
	}
	c.Warnings = exposed(c, info)
	for i := range c.Sources {
		c.Sources[i].withheld = c.Withheld()
	}
	return c, nil
}

// largest is the size of a file in bytes up to which it is read.
const largest = 4 << 20

func read(path string) (text []byte, info fs.FileInfo, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() // it was only read
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	text, err = io.ReadAll(io.LimitReader(f, largest+1))
	if err == nil && len(text) > largest {
		err = fmt.Errorf("larger than %d MiB: no config is", largest>>20)
	}
	return text, info, err
}

// exposed warns of passwords that other users of the machine can read. What a
// container is given below /run/secrets, nobody else can reach.
func exposed(c *Config, info fs.FileInfo) (warnings []string) {
	for _, s := range c.Sources {
		for _, file := range s.Files() {
			info, err := os.Stat(file)
			if err == nil && trust.Readable(info) && !strings.HasPrefix(file, "/run/secrets/") && !strings.HasPrefix(file, "/var/run/secrets/") {
				warnings = append(warnings, fmt.Sprintf("source %s: others can read %s (mode %04o), which ${file:} takes a secret from: chmod 600 it", s.Name, file, info.Mode().Perm()))
			}
		}
	}
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o044 == 0 {
		return warnings // the bits mean nothing there; or nobody else may read
	}
	for _, s := range c.Sources {
		if literalPassword(s.URL) {
			warnings = append(warnings, fmt.Sprintf("%s holds the password of source %s and others can read it (mode %04o): chmod 600 it, or write ${env:NAME} for the password",
				c.Path, s.Name, info.Mode().Perm()))
		}
	}
	return warnings
}

// known keeps the entries whose keys are known and reports the others.
func (d *document) known(all []entry, what string, keys []string) (list []entry) {
	for _, e := range all {
		if !slices.Contains(keys, e.key) {
			if _, near := nearest.Name(e.key, keys); e.torn && !near {
				d.add(e.at, "%s: unknown key, %s; known are %s", what, errTorn, strings.Join(keys, ", "))
				continue
			}
			d.add(e.at, "%s: unknown key %s: %s", what, shown(e.key), didYouMean(e.key, keys))
			continue
		}
		list = append(list, e)
	}
	return list
}

// named keeps the entries whose keys are names and reports the others.
func (d *document) named(all []entry, what string) (list []entry) {
	for _, e := range all {
		if e.torn && (e.value == nil || !isName(e.key)) {
			d.add(e.at, "%s: %s", what, errTorn)
			continue
		}
		if !isName(e.key) {
			d.add(e.at, "%s %s: a name has letters, digits, _ - . and /, and begins with a letter, a digit or _", what, shown(e.key))
			continue
		}
		list = append(list, e)
	}
	return list
}

func (d *document) sources(n ast.Node, dir string) (list []Source, unread []string) {
	taken := map[string]bool{}
	for _, e := range d.named(d.entries(n, "sources"), "source") {
		all := d.source(e, dir)
		if len(all) == 0 {
			unread = append(unread, e.key)
		}
		for _, s := range all {
			if taken[s.Name] {
				d.add(e.at, "source %s: another source has the name already", s.Name)
			}
			taken[s.Name] = true
		}
		list = append(list, all...)
	}
	return list, unread
}

// source gives the source, or the sources where its URL is a pattern; none where
// the URL is wrong.
func (d *document) source(e entry, dir string) []Source {
	what := "source " + e.key
	s := Source{Name: e.key, Pos: e.at, dir: dir}
	if _, ok := e.value.(*ast.StringNode); ok && e.torn {
		if _, err := s.at(e.value.(*ast.StringNode).Value, d.kinds); err != nil {
			d.add(e.at, "source: %s", errTorn)
			return nil
		}
	}
	url, command, gap := e, e, e
	var given []entry // keys that may mean nothing for the kind
	if _, ok := e.value.(ast.MapNode); ok {
		url.value = nil
		for _, f := range d.known(d.entries(e.value, what), what, sourceKeys) {
			switch f.key {
			case "url":
				url = f
			case "tags":
				s.Tags = d.tags(f, what)
			case "timeout":
				s.Timeout = d.duration(f, what)
			case "connect_timeout":
				s.ConnectTimeout = d.duration(f, what)
			case "per_server":
				given = append(given, f)
				s.PerServer = d.count(f, what, "no limit")
			case "password_command":
				command = f
				if s.PasswordCommand, _ = d.scalar(f, what+": password_command"); s.PasswordCommand != "" {
					given = append(given, f)
				}
			case "time_zone":
				given = append(given, f)
				s.TimeZone = d.zone(f, what)
			case "timestamps_in":
				s.TimestampsIn.Zone = d.location(f, what)
			case "timestamps_gap":
				s.TimestampsIn.Gap = d.gap(f, what)
				gap = f
			case "read_only":
				given = append(given, f)
				s.BestEffort = d.bestEffort(f, what)
			}
		}
		if url.value == nil {
			d.add(url.at, "%s: it has no url", what)
			return nil
		}
	}
	if s.TimestampsIn.Gap != row.NoGap && s.TimestampsIn.Zone == nil {
		gap.key = what
		d.gaps = append(d.gaps, gap)
	}
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
	kind := all[0].Kind
	for _, f := range given {
		if kind == nil {
			break
		}
		if why, ok := kind.Meaningless[f.key]; ok {
			d.add(f.at, "%s: %s: %s", what, f.key, why)
		}
	}
	if s.PasswordCommand != "" && !kind.OfFiles() && hasPassword(text) {
		d.add(command.at, "%s: password_command: the url has a password already", what)
	}
	return all
}

// zone reads the time zone of a session; empty, with the reason noted, if it is none.
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

// bestEffort reads read_only, which has one value: that nothing may write is not to
// be switched off.
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

func (d *document) defaults(n ast.Node) (v Defaults) {
	for _, e := range d.known(d.entries(n, "defaults"), "defaults", defaultKeys) {
		switch e.key {
		case "timeout":
			v.Timeout = d.duration(e, "defaults")
		case "connect_timeout":
			v.ConnectTimeout = d.duration(e, "defaults")
		case "per_server":
			v.PerServer = d.count(e, "defaults", "no limit")
		case "samples":
			v.Samples = d.count(e, "defaults", "none")
		case "time_zone":
			v.TimeZone = d.zone(e, "defaults")
		case "timestamps_in":
			v.TimestampsIn.Zone = d.location(e, "defaults")
		case "timestamps_gap":
			v.TimestampsIn.Gap = d.gap(e, "defaults")
		}
	}
	return v
}

var numberForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[-+]?[0-9.]+$`) })

// duration reads a limit of time; nil, with the reason noted, if it is none.
func (d *document) duration(e entry, what string) *time.Duration {
	what += ": " + e.key
	text, ok := d.setting(e, what)
	if !ok {
		return nil
	}
	v, err := ParseDuration(text)
	if err != nil {
		d.add(e.place(), "%s: %v", what, err)
		return nil
	}
	return &v
}

// count reads a number of things at once; nil, with the reason noted, if it is none.
func (d *document) count(e entry, what, zero string) *int {
	what += ": " + e.key
	text, ok := d.setting(e, what)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		d.add(e.place(), "%s: %s is not a number such as 8; 0 is %s", what, shown(text), zero)
		return nil
	}
	return &n
}

// ParseDuration reads a limit of time such as 500ms, 30s or 2m; 0 is none.
func ParseDuration(text string) (time.Duration, error) {
	v, err := time.ParseDuration(text)
	switch {
	case err == nil && v >= 0:
		return v, nil
	case err == nil || numberForm().MatchString(text) && strings.HasPrefix(text, "-"):
		return 0, fmt.Errorf("%s is negative: 0 is no limit", shown(text))
	case numberForm().MatchString(text):
		return 0, fmt.Errorf("%s has no unit: write %ss", shown(text), text)
	}
	return 0, fmt.Errorf("%s is not a duration such as 500ms, 30s or 2m", shown(text))
}
