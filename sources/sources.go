// Package sources opens what can be asked: it makes a driver's source of each
// configured one. Opening dials nothing and creates nothing.
//
// A driver is a folder beside this file that keeps the contract of package ask,
// and a line in the table below.
package sources

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

// A Source is one database, ready to be asked.
type Source interface {
	Name() string
	// Place says where it is, for listings: no user, no password.
	Place() string
	Run(ctx context.Context, q ask.Question, p *ask.Progress, emit row.Emit) (ask.Answer, error)
}

// opening is what a driver's line in the table gets.
type opening struct {
	name, target string // target is the URL, with secrets in it, or SQLite's path
	password     func(context.Context) (string, error)
}

var drivers = map[config.Kind]func(opening) (Source, error){
	config.Postgres: func(o opening) (Source, error) { return postgres.New(o.name, o.target, o.password) },
	config.MySQL:    func(o opening) (Source, error) { return mysql.New(o.name, o.target, o.password) },
	config.SQLite:   func(o opening) (Source, error) { return sqlite.New(o.name, o.target), nil },
}

// An Opened source is a source with the kind of its database, and the server that
// it shares with others: its address, or several with commas between; empty for a
// file.
type Opened struct {
	Source
	Kind   config.Kind
	Server string
}

// Open makes sources of the configured ones, in their order. Its error has a
// line for each one that is wrong: a reference that leads nowhere, a URL that its
// driver does not take, a SQLite file that is none.
func Open(list []config.Source, getenv func(string) string) ([]Opened, error) {
	opened := make([]Opened, 0, len(list))
	var wrong []error
	var files []string
	for _, s := range list {
		o := opening{name: s.Name}
		x, err := s.Expand(getenv)
		if err == nil {
			o.target, o.password = x.URL, x.Password
			if x.Kind == config.SQLite {
				o.target = x.Path
				files = append(files, x.Path)
			}
			var src Source
			if src, err = drivers[x.Kind](o); err == nil {
				opened = append(opened, Opened{src, x.Kind, server(src)})
				continue
			}
			err = fmt.Errorf("source %s: %w", s.Name, err)
		}
		wrong = append(wrong, err)
	}
	return opened, errors.Join(append(wrong, check(files)...)...)
}

// server is the address that the source of a server gives.
func server(s Source) string {
	if on, ok := s.(interface{ Server() string }); ok {
		return on.Server()
	}
	return ""
}

// checkTime is how long looking at SQLite files may take before the rest is left
// to the query, where a file system that hangs holds up nobody.
const checkTime = 2 * time.Second

func check(files []string) (wrong []error) {
	found := make(chan error, len(files))
	go func() {
		for _, f := range files {
			found <- sqlite.Check(f)
		}
	}()
	late := time.NewTimer(checkTime)
	defer late.Stop()
	for range files {
		select {
		case err := <-found:
			if err != nil {
				wrong = append(wrong, err)
			}
		case <-late.C:
			return wrong
		}
	}
	return wrong
}
