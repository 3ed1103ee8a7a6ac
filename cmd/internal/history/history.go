// Package history keeps what runs of checks found, in a SQLite database that any number
// of runs write to.
//
//	s, err := history.Open(ctx, path) // creates the file
//	defer s.Close()
//	id, err := s.Append(ctx, history.Run{Name: "shop", Started: started, ...})
//	removed, err := s.Prune(ctx, time.Now().Add(-keep), 4)
//
//	s, err := history.Read(ctx, path)
//	series, err := s.Series(ctx, history.Filter{Since: time.Now().Add(-week)})
//
// A run is written in one transaction: a process that is killed leaves all of it or
// nothing. No error of this package names the file.
package history

import (
	"time"

	"github.com/fanql/fanql/sources/trust"
)

// A Run is one run of checks.
type Run struct {
	ID             int64  // given by [Store.Append]; greater for later ones, and never used again
	Name           string // distinguishes runs for the user
	Started, Ended time.Time
	Fanql          string // the program's version
	Config         string // a hash of the files that contain the checks
	Verdict        string
	ExitStatus     int
	Error          string // why the run ended early; empty if it did not
	Checks         []Check
}

// A Check is the result of one check.
type Check struct {
	Name string
	// Asked is a hash of the check's queries, and Expected one of its expectations. Numbers
	// from before a change of Asked may mean something else.
	Asked, Expected string
	Verdict         string
	Started         time.Duration // after the start of the run
	Lasted          time.Duration
	Sources         []Source
}

// A Source is the result of a check at one source.
type Source struct {
	Name    string // empty for the one answer over all sources
	Verdict string
	State   string // how its query ended
	Rows    int64
	Started time.Duration // after the start of the run
	Lasted  time.Duration
	Error   string // why it could not be evaluated; empty otherwise
	Numbers []Number
}

// A Number is a number in an answer of one row.
type Number struct {
	Column, Type string
	Value        *string // all its digits; nil is NULL
}

// danger is what another user who may write to the file could do.
const danger = "could change what the checks remember"

// trusted returns an error if a file must not be used, because others may write to it or to
// its folder, in which SQLite creates additional files.
func trusted(path, folder string) error {
	if err := trust.Links(path); err != nil {
		return err
	}
	if err := trust.Owned(folder, "its folder", danger); err != nil {
		return err
	}
	return trust.Owned(path, "it", danger)
}
