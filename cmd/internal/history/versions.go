// The tables of a history, version by version.

package history

// versions are the statements that lead from each version of the tables to the next; the
// first creates them. Released elements are never changed: a new version is a new element.
//
// The results are stored run by run, so that writing a run and removing the oldest one touch
// few pages. Reading a series takes a look-up for each run. Names, and pairs of checks and
// sources (series), are stored once. Times are microseconds: instants since 1970, and other
// times since the start of the run. States are those of checks of runs with a name, and the
// outbox has messages about them. The source with the empty name is the one answer over all
// sources.
var versions = []string{`
create table runs (
	id integer primary key autoincrement, name text not null, started integer not null, ended integer not null, fanql text not null,
	config text not null, verdict text not null, exit_status integer not null, error text not null
) strict;
create index runs_by_time on runs (started);
create table names (id integer primary key, name text not null unique) strict;
create table texts (id integer primary key, asked text not null, expected text not null, unique (asked, expected)) strict;
create table series (id integer primary key, check_name integer not null, source integer not null, unique (check_name, source)) strict;
create table checks (
	run integer not null, name integer not null, text integer not null, verdict text not null, started integer not null, lasted integer not null,
	primary key (run, name)
) strict, without rowid;
create table sources (
	run integer not null, series integer not null, place integer not null, verdict text not null, state text not null,
	row_count integer not null, started integer not null, lasted integer not null, error text not null,
	primary key (run, series)
) strict, without rowid;
create table numbers (
	run integer not null, series integer not null, place integer not null, name integer not null, type text not null, value text,
	primary key (run, series, place)
) strict, without rowid`, `
create table states (
	run_name text not null, check_name text not null, verdict text not null, since integer not null, runs integer not null, bad integer not null,
	bad_since integer not null, reported text not null, reported_at integer not null, all_reported integer not null, seen integer not null,
	primary key (run_name, check_name)
) strict, without rowid;
create table outbox (
	id integer primary key autoincrement, key text not null unique, channel text not null, run_name text not null, run integer not null,
	created integer not null, body text not null, attempts integer not null, error text not null
) strict`}
