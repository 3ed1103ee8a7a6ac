// The pager for results that are longer than the screen.

package main

import (
	"context"
	"os"

	"github.com/fanql/fanql/cmd/internal/pager"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
)

// page gives stdout to the pager until end is called, which waits for the user. The first
// header lines stay on the pager's screen. If the user quits the pager earlier, left is
// called with the reason, because nobody reads the rest.
func (a *app) page(header int, left func(error)) (end func()) {
	if a.noPager {
		return func() {}
	}
	p := pager.New(a.stdout, a.stderr, pager.Options{
		Command: pager.Find(os.LookupEnv),
		Header:  header,
		Left: func(interrupted bool) {
			if interrupted {
				left(&interruptedPager)
			} else {
				left(run.ErrReaderGone)
			}
		},
	})
	a.pager.Store(p)
	return p.Close
}

// interruptedPager is the reason if Ctrl-C ended the pager: it ends the run as well.
var interruptedPager = interrupted{os.Interrupt}

// paged calls show, which writes a text to stdout, and waits until the user has read the
// text.
func (a *app) paged(header int, show func() error) error {
	_, _, stop := a.untilSignal(context.Background(), query.NewProgress(nil), func() {})
	defer stop()
	end := a.page(header, func(error) {})
	err := show()
	end()
	if a.pager.Load().Left() {
		return nil
	}
	return err
}

// show prints a text of any length to stdout.
func (a *app) show(text string) error {
	return a.paged(0, func() error { return a.say("%s", text) })
}
