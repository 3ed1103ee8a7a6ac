// Package sources makes a driver's source from each configured one. It opens no connection
// and creates no file.
//
// A driver is a folder next to this file, whose package satisfies the contract of package
// driver, and a line in the table of drivers.go.
package sources

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// A Source is one database, ready to be queried.
type Source interface {
	Name() string
	// Place returns where it is, for listings: no user, no password.
	Place() string
	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
}

// An Opened source is a source with the kind of its database, and the server that it
// shares with others: its address, or several separated by commas; empty for a file.
type Opened struct {
	Source
	Kind   *driver.Dialect // nil if Err is not nil and the kind is not known
	Server string
	// Err is the reason why the source cannot be opened. Its Run then fails with it, in
	// phase open, and sends nothing.
	Err error
}

// Open makes sources of the configured ones, in their order. A source that cannot be
// opened (a reference that leads nowhere, a URL that its driver refuses, a path that is
// not a file) is included, with the reason: the requirement of the run decides whether
// the others are enough. See [NoneOpened].
func Open(list []config.Source, getenv func(string) string) []Opened {
	opened := make([]Opened, len(list))
	files := map[int]func() error{}
	openers := map[*driver.Dialect]opener{}
	for _, d := range drivers {
		openers[d.dialect] = d.begin()
	}
	parallel(len(list), func(i int) { opened[i] = open(list[i], getenv, openers) })
	for i := range list {
		if o := opened[i]; o.Err == nil {
			if look := lineOf(o.Kind).check; look != nil {
				files[i] = func() error { return look(o.Place()) }
			}
		}
	}
	for i, err := range check(files) {
		opened[i] = failed(list[i], err)
	}
	return opened
}

// few is the number of sources that are opened one after the other: reading a URL takes
// 50 µs.
const few = 200

// parallel calls do for the numbers from 0 up to n, on all cores if there are many.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(i)
		}
	}
	var all sync.WaitGroup
	if n > few {
		for range runtime.GOMAXPROCS(0) - 1 {
			all.Go(work)
		}
	}
	work()
	all.Wait()
}

func open(s config.Source, getenv func(string) string, openers map[*driver.Dialect]opener) Opened {
	if s.Discovery != nil {
		return missing(s, getenv)
	}
	x, err := s.Expand(Dialects, getenv)
	if err != nil {
		return failed(s, err)
	}
	target := x.URL
	if x.Kind.File {
		target = x.Path
	}
	src, err := openers[x.Kind](s.Name, target, x.Password)
	if err != nil {
		return failed(s, err)
	}
	made := Opened{Source: src, Kind: x.Kind, Server: server(src)}
	if s.Tunnel != nil {
		made.Source = tunneled{src, s.Tunnel}
	}
	if in := s.TimestampsIn; in.Zone != nil {
		made.Source = instants{made.Source, &row.Zone{Location: in.Zone, Gap: in.Gap}, x.Kind}
	}
	if len(s.Columns) > 0 {
		made.Source = renaming{made.Source, s.Columns}
	}
	return made
}

func failed(s config.Source, err error) Opened {
	return Opened{Source: unopened{s.Name, s.Place(), err}, Kind: s.Kind, Err: err}
}

// NoneOpened returns an error with a line for each source if none of them could be
// opened: then there is nothing to run. If there are many sources, it has a line for
// each reason. Sources that a discovery did not find do not count: the run reports
// them.
func NoneOpened(opened []Opened) error {
	var texts []string
	names, wrong := map[string][]string{}, map[string]error{}
	for _, o := range opened {
		if _, missing := errors.AsType[*Missing](o.Err); o.Err == nil || missing {
			return nil
		}
		for _, err := range config.Each(o.Err) {
			text := nearest.Common(err.Error(), o.Name())
			if len(opened) <= manyOpened {
				text = o.Name() + " " + text
			}
			switch {
			case names[text] == nil:
				texts = append(texts, text)
				wrong[text] = err
			case len(opened) > manyOpened && wrong[text].Error() != text:
				wrong[text] = errors.New(text)
			}
			names[text] = append(names[text], o.Name())
		}
	}
	var all []error
	for _, text := range texts {
		word := "source"
		if len(names[text]) > 1 {
			word = "sources"
		}
		all = append(all, fmt.Errorf("%s %s: %w", word, nearest.List(names[text]), wrong[text]))
	}
	return errors.Join(all...)
}

// manyOpened is the number of sources up to which each has a line when none can be
// opened.
const manyOpened = 12

// An unopened source stands for one that cannot be opened.
type unopened struct {
	name, place string
	err         error
}

// Name returns the source's name in the config or on the command line.
func (u unopened) Name() string { return u.name }

// Place returns where the source would be.
func (u unopened) Place() string { return u.place }

// Run fails with the reason why the source cannot be opened.
func (u unopened) Run(_ context.Context, _ driver.Request, p *driver.Progress, _ row.Emit) (driver.Answer, error) {
	p.Enter(driver.Open)
	return driver.Answer{}, &driver.Error{Phase: driver.Open, Err: oneLine{u.err}}
}

// oneLine is an error that may join several, on one line.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }
func (e oneLine) Unwrap() error { return e.error }

// server returns the address of a server's source.
func server(s Source) string {
	if on, ok := s.(interface{ Server() string }); ok {
		return on.Server()
	}
	return ""
}

// checkTime is how long checking files may take. The rest is left to the query, in
// which a hanging file system delays nobody.
const checkTime = 2 * time.Second

// check finds errors in files, and returns them by the files' positions in the list.
func check(files map[int]func() error) map[int]error {
	type finding struct {
		at  int
		err error
	}
	found := make(chan finding, len(files))
	go func() {
		for at, look := range files {
			found <- finding{at, look()}
		}
	}()
	late := time.NewTimer(checkTime)
	defer late.Stop()
	wrong := map[int]error{}
	for range files {
		select {
		case f := <-found:
			if f.err != nil {
				wrong[f.at] = f.err
			}
		case <-late.C:
			return wrong
		}
	}
	return wrong
}
