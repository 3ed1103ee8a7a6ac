// Package config has the databases that can be queried, and how to reach them: it reads the
// file fanql.yaml and sources given ad hoc, selects among them, and fetches the secrets
// that they need.
//
// [Find] finds the file, [Load] reads it, [Config.Resolve] turns the values of --source
// into sources, and [Source.Expand] fetches the values that a source keeps outside of the
// file, just before the source is used. Nothing here connects to a database: the caller
// lists the databases that patterns and lists stand for ([Config.Wanted]), and passes the
// result to [Config.With].
//
//	sources:
//	  eu:     postgres://reader@eu.db/shop
//	  us:     {url: "mysql://reader:${env:US_PW}@us.db/shop", tags: [prod], timeout: 10s}
//	  shards: {url: "sqlite:shards/*.db", tags: [archive]}
//	  shops:  {url: "postgres://reader@pg.db/shop_*", exclude: ["*_test"]}
//	defaults: {timeout: 30s, connect_timeout: 5s, per_server: 8, time_zone: UTC}
//	tables:
//	  orders:
//	    sql: select id, placed_at, region, amount from orders
//	    variants: {paris: "select no as id, date as placed_at, 'fr' as region, total as amount from ordini"}
//	queries:
//	  revenue:
//	    sql: select region, sum(amount) as amount from orders where placed_at >= :since group by region
//	    params: {since: {type: date, default: 2026-01-01}}
//
// ${env:NAME}, ${file:PATH} and ${keyring:NAME} stand for values that are kept elsewhere: in a URL, in
// the settings (limits, time_zone, read_only, the paths of file:), and in the values of
// parameters.
//
// Relative paths begin at the file's folder; ~/ is the user's home. The text after
// sqlite: is a path as it is, without escapes and parameters.
//
// No error of this package contains a URL or a password.
package config

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/tunnel"
)

// A Config holds the content of fanql.yaml. With only Dialects set, it stands for a
// missing file.
type Config struct {
	// Dialects are the kinds of databases that sources can be, including those given ad
	// hoc.
	Dialects driver.Dialects
	Path     string
	Digest   string // a hash of the file, and of those that it includes; empty without one
	// Files are the paths of the file and of those that it includes, in the order in
	// which they are read.
	Files []string
	// Absent, if Path is empty, says that there is no config, and which places were
	// searched.
	Absent string
	// Sources are in the file's order; the files of a pattern and the results of
	// discoveries are sorted by name. A pattern of databases is one source until
	// [Config.With] replaces it.
	Sources  []Source
	Tags     []Tag // with settings of their own
	Defaults Defaults
	Tables   []Table // in the file's order
	Queries  []Query // likewise
	Checks   []Check // likewise
	// History is nil if there is none.
	History *History
	// OnFailure is nil if there is none.
	OnFailure *OnFailure
	// Channels are the channels for changes of checks.
	Channels []Channel
	// Tunnels are the programs that connections go through: see [Config.Close].
	Tunnels []*tunnel.Tunnel
	// Unread are the names of sources of the file whose URLs are wrong. There are some
	// only together with an error of [Load].
	Unread []string
	// Warnings are not errors, but the user should know of them.
	Warnings []string

	found []Finding // what discoveries found: see With
}

// Defaults apply to a run unless its flags say otherwise; nil is not set, and 0 is no
// limit.
type Defaults struct {
	Timeout, ConnectTimeout *time.Duration
	PerServer               *int // sources on one server that are queried at once, and queries of checks
	Samples                 *int // how many failing rows of a check are shown
	// TimeZone is the zone of sessions, as [ParseZone] returns it; empty is not set.
	TimeZone string
	// TimestampsIn is for sources that do not set it themselves.
	TimestampsIn TimestampsIn
	// Alert is for checks, as far as they do not set it themselves.
	Alert *Alert
}

// TimestampsIn says how a source's timestamps without a zone are converted to instants.
type TimestampsIn struct {
	Zone *time.Location // nil is not set: they are no instants
	Gap  row.Gap        // for local times that the zone does not have, or has twice
}

// or returns s, with the settings of t that s does not have.
func (s TimestampsIn) or(t TimestampsIn) TimestampsIn {
	if s.Zone == nil {
		s.Zone = t.Zone
	}
	if s.Gap == row.NoGap {
		s.Gap = t.Gap
	}
	return s
}

// A Source is one database that can be queried.
type Source struct {
	Name string // unique among the sources of a run
	// Kind is nil if the URL begins with a reference such as ${env:DATABASE_URL}: then
	// [Source.Expand] finds it.
	Kind *driver.Dialect
	// URL is the URL as written, with its references; it is empty for a file that a
	// pattern found. It may hold a password: show [Source.Place] instead.
	URL string
	// Path is the file, if the source is a file. It can be opened directly unless it has
	// references.
	Path string
	// Group is the name under which the pattern that found this file stands in
	// the config or on the command line; else empty.
	Group string
	Tags  []string
	// Timeout and ConnectTimeout are the source's own limits; nil is not set, and 0 is
	// no limit.
	Timeout, ConnectTimeout *time.Duration
	// PerServer is how many sources on its server may be queried at once, this one
	// included; nil is not set, and 0 is no limit.
	PerServer       *int
	PasswordCommand string
	// TimeZone is the zone of its session, as [ParseZone] returns it; empty is not set.
	TimeZone string
	// BestEffort allows a query even if the server cannot limit the session to reading.
	BestEffort bool
	// TimestampsIn is the source's own setting or, in the sources that [Config.Resolve]
	// returns, the config's.
	TimestampsIn TimestampsIn
	// Columns are the columns of its rows that get another name.
	Columns []Rename
	// Tunnel leads to its server; nil is none.
	Tunnel *tunnel.Tunnel
	// Copies are the other URLs of its urls, each a source with the same settings. Hedge is
	// how long to wait for a source before the next copy is queried as well; 0 means until
	// it fails.
	Copies []Source
	Hedge  time.Duration
	// Discovery says how to find the sources that this one stands for. It is nil for a
	// database that can be queried.
	Discovery *Discovery
	// Found reports whether a discovery has found it.
	Found bool
	Pos   Pos // the place of its name; zero for an ad hoc source

	exclude []string // patterns of names to leave out of what its pattern finds
	through struct {
		name string // the name of its tunnel
		at   Pos
	}
	url      Pos      // the place of its URL
	dir      string   // where its relative paths begin
	withheld []string // variables that its password_command does not get
	pattern  string   // a pattern that found no file: an error of [Source.Expand]
}

// A Tag has settings for all sources that have it.
type Tag struct {
	Name    string
	Columns []Rename
}

// A Rename gives a column the name that other sources have for it.
type Rename struct {
	From, To string
	At       string // its place in the config, as path:line:column
}

// A Query is a query saved by name.
type Query struct {
	Name string
	SQL  string // empty if File is set, or if all sources have variants
	File string // path of a file that holds the SQL
	// Variants are texts that replace SQL, by dialect or by source name.
	Variants map[string]string
	Params   map[string]Param
	// Portable says that the SQL is DuckDB's, and is translated for each source's
	// dialect.
	Portable bool
	// Tables are several queries instead of one. Reduce is SQL over the rows of all
	// sources, in which these queries are tables; empty is none.
	Tables []QueryTable
	Reduce string
	// Describe says what the query is for.
	Describe string
	// Sources are the selectors, OrderBy the columns (as of --order-by) and Format the name
	// of the output format, if the command line has none. All may be empty.
	Sources []string
	OrderBy string
	Format  string
	Pos     Pos // where its name stands

	values map[string]Pos // the places of the values of its keys
}

// A Param declares a parameter of a saved query.
type Param struct {
	Type    string  // as it was written; empty if there is none
	Default *string // nil if there is none, and if it is NULL
	Null    bool    // the default is NULL
	// Referred says that the default was written with a reference, and may be a secret.
	Referred bool
	// Missing is the reason why there is no default although one is written: its
	// reference leads nowhere. It matters only if no other value is given.
	Missing error
	Pos     Pos // where its name stands
}

// Query finds a saved query by its name.
func (c *Config) Query(name string) (Query, bool) {
	for _, q := range c.Queries {
		if q.Name == name {
			return q, true
		}
	}
	return Query{}, false
}

// Entries returns the names of the entries below sources, in their order, and of lists.
func (c *Config) Entries() (names []string) {
	for _, s := range c.Sources {
		name := cmp.Or(s.Group, s.Name)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// TagNames returns the tags of the sources, sorted.
func (c *Config) TagNames() []string {
	tags := map[string]bool{}
	for _, s := range c.Sources {
		for _, tag := range s.Tags {
			tags[tag] = true
		}
	}
	return slices.Sorted(maps.Keys(tags))
}

// Where returns the place of the source's URL in the config; it is zero for an ad hoc
// source.
func (s Source) Where() Pos { return s.url }

// ParamNames returns the names of the query's declared parameters, sorted.
func (q Query) ParamNames() []string { return slices.Sorted(maps.Keys(q.Params)) }

// Has returns the place of the value of a key. ok is false if the query does not have the
// key.
func (q Query) Has(key string) (at Pos, ok bool) {
	at, ok = q.values[key]
	return at, ok
}

// Where returns the place of a value in the config, by keys such as sql; file; variants,
// sqlite and sql; params, since and default. If there is no such value, it returns the
// place of the nearest value around it.
func (q Query) Where(keys ...string) Pos {
	for n := len(keys); n > 0; n-- {
		if at, ok := q.values[strings.Join(keys[:n], " ")]; ok {
			return at
		}
	}
	return q.Pos
}

// Place returns where the source is, for listings: host:port/database as written, or
// the file.
func (s Source) Place() string {
	switch {
	case s.pattern != "":
		return s.pattern
	case s.Discovery != nil && s.Discovery.List != nil:
		return s.Discovery.List.String()
	case s.Kind.OfFiles():
		return s.Path
	}
	if s.Kind == nil {
		return kinds(nil).redacted(s.URL) // the reference that it begins with
	}
	return kinds{s.Kind}.redacted(s.URL)
}

func (c *Config) dir() string { return filepath.Dir(c.Path) }
