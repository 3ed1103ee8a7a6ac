// Reading fanql.yaml: which keys exist, and which values they may have. Saved queries
// are in saved.go, checks in checks.go.

package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
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
	"github.com/fanql/fanql/sources/trust"
	"github.com/fanql/fanql/sources/tunnel"
)

var (
	rootKeys    = []string{"version", "include", "sources", "sources_from", "tags", "defaults", "tables", "queries", "checks", "history", "on_failure", "notify", "tunnels"}
	defaultKeys = []string{"timeout", "connect_timeout", "per_server", "samples", "time_zone", "timestamps_in", "timestamps_gap", "alert"}
)

// Load reads the file. Its error joins an [*Error] for each fault, in the order of their
// places. The config that it returns with an error has everything that could be read, so
// that the caller can find further errors; it is nil if nothing could be read. Known are
// the kinds of databases that sources can be. Getenv ([os.Getenv]) returns the variables
// that settings refer to. Values that can change later (a URL's variable, a file with a
// password, a parameter's value, a pattern without a file) are checked when the source or
// the query is used.
func Load(path string, known driver.Dialects, getenv func(string) string) (*Config, error) {
	return loading{path: path, known: known, getenv: getenv, named: true, read: read}.load()
}

// LoadFound is Load for a file that was found and not named: the files that it includes
// must belong to the user, as [Find] requires for the file itself.
func LoadFound(path string, known driver.Dialects, getenv func(string) string) (*Config, error) {
	return loading{path: path, known: known, getenv: getenv, read: read}.load()
}

// Parse is [Load] for a text that has not yet been written to the path.
func Parse(path string, text []byte, known driver.Dialects, getenv func(string) string) (*Config, error) {
	l := loading{path: path, known: known, getenv: getenv, named: true}
	l.read = func(other string) ([]byte, fs.FileInfo, error) {
		if other != path {
			return read(other)
		}
		return text, nil, nil
	}
	return l.load()
}

// LoadSections is [LoadFound] for some of the top-level keys, for completion, which must be
// quick. Values of other keys are not read if the indentation shows where they are. Only
// Name, Group, Tags and Pos of sources are right, and other fields may be missing: plainly
// written sources are not parsed, and their URLs are not checked.
func LoadSections(path string, known driver.Dialects, getenv func(string) string, keys ...string) (*Config, error) {
	return loading{path: path, known: known, getenv: getenv, read: read, wanted: append(keys, "include")}.load()
}

// A loading has the inputs for reading a config.
type loading struct {
	path   string
	known  driver.Dialects
	getenv func(string) string
	named  bool // the user has named the file
	read   func(path string) ([]byte, fs.FileInfo, error)
	wanted []string // the top-level keys; nil is all
}

func (l loading) load() (*Config, error) {
	path := l.path
	text, info, err := l.read(path)
	if err != nil {
		return nil, fmt.Errorf("config file %s: %w", path, unwrapped(err))
	}
	c := &Config{Dialects: l.known, Path: path, Digest: hashed(text), Files: []string{path}}
	d := newDocument(path, l.getenv)
	d.kinds, d.read, d.wanted = kinds(l.known), l.read, l.wanted
	d.modes = map[string]fs.FileInfo{path: info}
	root := d.parsePart(text)
	c.Sources = d.plainSources()
	var from, tags, include entry
	var tunnels map[string]*tunnel.Tunnel
	entries := d.entries(root, "the config")
	if !d.understood(entries) {
		return c, d.err()
	}
	for _, e := range d.known(withoutExtensions(entries), "the config", rootKeys) {
		switch e.key {
		case "include":
			include = e
		case "sources":
			parsed, unread := d.sources(e.value, c.dir())
			c.Sources, c.Unread = joined(c.Sources, parsed), unread
		case "sources_from":
			from = e
		case "tags":
			tags = e
		case "defaults":
			c.Defaults = d.defaults(e.value)
		case "queries":
			c.Queries = d.queries(e.value, c.dir())
		case "tables":
			c.Tables = d.tables(e.value)
		case "checks":
			c.Checks = d.checks(e.value, c.Digest)
		case "history":
			c.History = d.history(e, c.dir())
		case "on_failure":
			c.OnFailure = d.onFailure(e)
		case "notify":
			c.Channels = d.channels(e.value)
		case "tunnels":
			tunnels = d.tunnels(e.value)
		}
	}
	d.include(include, c, l.named)
	c.Sources = append(c.Sources, d.lists(from, c)...)
	d.joinTunnels(c.Sources, tunnels)
	c.Tags = d.tagged(tags, c.Sources)
	for _, gap := range d.gaps {
		if c.Defaults.TimestampsIn.Zone == nil {
			d.add(gap.at, "%s: timestamps_gap goes with timestamps_in, which says the zone", gap.key)
		}
	}
	if err := d.err(); err != nil {
		return c, err
	}
	c.Warnings = exposed(c, d.modes)
	withheld := c.Withheld()
	for i := range c.Sources {
		c.Sources[i].withheld = withheld
		for n := range c.Sources[i].Copies {
			c.Sources[i].Copies[n].withheld = withheld
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tunnels)) {
		tunnels[name].Env = Environment(os.Environ(), withheld)
		c.Tunnels = append(c.Tunnels, tunnels[name])
	}
	return c, nil
}

// hashed returns a hash of a file's text.
func hashed(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// largest is the largest size, in bytes, of a file that is read.
const largest = 4 << 20

func read(path string) (text []byte, info fs.FileInfo, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() // it was opened for reading only
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	text, err = io.ReadAll(io.LimitReader(f, largest+1))
	if err == nil && len(text) > largest {
		err = fmt.Errorf("larger than %d MiB: no config is", largest>>20)
	}
	return text, info, err
}

// exposed returns warnings about passwords that other users of the machine can read. It
// ignores files below /run/secrets, because other users cannot reach the secrets of a
// container.
func exposed(c *Config, files map[string]fs.FileInfo) (warnings []string) {
	for _, s := range c.Sources {
		for _, file := range s.Files() {
			info, err := os.Stat(file)
			if err == nil && trust.Readable(info) && !strings.HasPrefix(file, "/run/secrets/") && !strings.HasPrefix(file, "/var/run/secrets/") {
				warnings = append(warnings, fmt.Sprintf("source %s: others can read %s (mode %04o), which ${file:} takes a secret from: chmod 600 it", s.Name, file, info.Mode().Perm()))
			}
		}
	}
	if runtime.GOOS == "windows" {
		return warnings // the mode bits have no meaning there
	}
	tell := func(at Pos, what, whose string) {
		info := files[at.File]
		if info == nil {
			return // the file has not been written yet
		}
		if mode := info.Mode().Perm(); mode&0o044 != 0 {
			warnings = append(warnings, fmt.Sprintf("%s holds the %s of %s and others can read it (mode %04o): chmod 600 it, or write ${env:NAME} for the %s", at.File, what, whose, mode, what))
		}
	}
	for _, ch := range c.Channels {
		if secret := ch.literalSecret(); secret != "" {
			tell(ch.Pos, secret, "notify "+ch.Name)
		}
	}
	for _, s := range c.Sources {
		if slices.ContainsFunc(s.each(), func(s Source) bool { return literalPassword(s.URL) }) {
			tell(s.Pos, "password", "source "+s.Name)
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
			d.add(e.at, "%s: unknown key %s: %s", what, shownKey(what, e.key), didYouMean(e.key, keys))
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
			d.add(e.at, "%s %s: a name has letters, digits, _ - . and /, and begins with a letter, a digit or _", what, shownKey(what, e.key))
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
		case "alert":
			v.Alert = d.alert(e, "defaults")
		case "timestamps_gap":
			v.TimestampsIn.Gap = d.gap(e, "defaults")
		}
	}
	return v
}

var numberForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[-+]?[0-9.]+$`) })

// duration reads a time limit. It returns nil, and records the reason, for anything
// else.
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

// count reads a limit for concurrent things. It returns nil, and records the reason,
// for anything else.
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

// ParseDuration reads a time limit such as 500ms, 30s or 2m; 0 is no limit.
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
