// The drivers: the one table that lists them.

package sources

import (
	"context"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/sqlite"
)

var drivers = []line{
	{postgres.Dialect, func() opener { return of(new(postgres.Servers).New) }, nil},
	{mysql.Dialect, func() opener { return of(mysql.New) }, nil},
	{sqlite.Dialect, func() opener { return ofFile(sqlite.New) }, sqlite.Check},
}

// Dialects are the dialects of the drivers.
var Dialects = func() (all driver.Dialects) {
	for _, d := range drivers {
		all = append(all, d.dialect)
	}
	return all
}()

// A line of the table describes a driver.
type line struct {
	dialect *driver.Dialect
	// begin returns the opener for the sources of one call of [Open]. They may share
	// what they learn about their servers.
	begin func() opener
	// check finds errors in a file before it is queried; nil finds none.
	check func(path string) error
}

// An opener makes a source. The target is its URL, with secrets, or the path of its
// file. The password, if not nil, takes precedence over one in the URL.
type opener func(name, target string, password func(context.Context) (string, error)) (Source, error)

// of makes an opener from a driver's own New.
func of[S Source](open func(name, url string, password func(context.Context) (string, error)) (S, error)) opener {
	return func(name, target string, password func(context.Context) (string, error)) (Source, error) {
		s, err := open(name, target, password)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// ofFile makes an opener from a New that takes the path of a file.
func ofFile[S Source](open func(name, path string) S) opener {
	return func(name, path string, _ func(context.Context) (string, error)) (Source, error) {
		return open(name, path), nil
	}
}

// lineOf returns the line of a dialect.
func lineOf(d *driver.Dialect) line {
	for _, l := range drivers {
		if l.dialect == d {
			return l
		}
	}
	return line{dialect: d}
}
