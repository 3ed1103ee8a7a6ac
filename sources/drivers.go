// The drivers: the one table that lists them.

package sources

import (
	"context"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/sqlite"
)

var drivers = []driver{
	{postgres.Dialect, func() opener { return of(new(postgres.Servers).New) }, nil},
	{mysql.Dialect, func() opener { return of(mysql.New) }, nil},
	{sqlite.Dialect, func() opener { return ofFile(sqlite.New) }, sqlite.Check},
}

// Dialects are those of the drivers.
var Dialects = func() (all ask.Dialects) {
	for _, d := range drivers {
		all = append(all, d.dialect)
	}
	return all
}()

// A driver is a line of the table.
type driver struct {
	dialect *ask.Dialect
	// begin gives what opens the sources of one call of [Open]. They may share what they
	// learn of their servers.
	begin func() opener
	// check finds what is wrong with a file before it is asked; nil finds nothing.
	check func(path string) error
}

// An opener makes a source. The target is its URL, with secrets in it, or the path of
// its file. The password, where not nil, counts before one in the URL.
type opener func(name, target string, password func(context.Context) (string, error)) (Source, error)

// of makes an opener of a driver's own New.
func of[S Source](open func(name, url string, password func(context.Context) (string, error)) (S, error)) opener {
	return func(name, target string, password func(context.Context) (string, error)) (Source, error) {
		s, err := open(name, target, password)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// ofFile makes an opener of a New that takes the path of a file.
func ofFile[S Source](open func(name, path string) S) opener {
	return func(name, path string, _ func(context.Context) (string, error)) (Source, error) {
		return open(name, path), nil
	}
}

// driverOf is the line of a dialect.
func driverOf(d *ask.Dialect) driver {
	for _, line := range drivers {
		if line.dialect == d {
			return line
		}
	}
	return driver{dialect: d}
}
