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
	Name           string // by which the user tells runs apart
	Started, Ended time.Time
	Fanql          string // the program's version
	Config         string // a hash of the files that the checks stand in
	Verdict        string
	ExitStatus     int
	Error          string // what ended it early; empty is nothing
	Checks         []Check
}

// A Check is what became of one check.
type Check struct {
	Name string
	// Asked is a hash of what it asks, and Expected one of what it expects: numbers from
	// before a change of the first may mean something else.
	Asked, Expected string
	Verdict         string
	Started         time.Duration // after the start of the run
	Lasted          time.Duration
	Sources         []Source
}

// A Source is what became of a check at one source.
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

// danger is what others could do who may write to the file.
const danger = "could change what the checks remember"

// trusted returns why a file must not be used: others may write to it or to its folder,
// in which SQLite makes files of its own beside it.
func trusted(path, folder string) error {
	if err := trust.Links(path); err != nil {
		return err
	}
	if err := trust.Owned(folder, "its folder", danger); err != nil {
		return err
	}
	return trust.Owned(path, "it", danger)
}
