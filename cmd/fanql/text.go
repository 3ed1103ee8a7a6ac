// The query's text: an argument, a file, a saved query, or stdin.

package main

import (
	"errors"
	"io"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// queryText returns the query: from the argument, a file, a saved query, or stdin.
func (a *app) queryText(o *queryOptions, c *config.Config, args []string) (run.Asked, error) {
	given := 0
	for _, is := range []bool{len(args) > 0, o.inline != "", o.file != "", o.name != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		return run.Asked{}, errors.New("give the query once: as an argument or with -c, with -f FILE, or with --name QUERY")
	}
	if o.inline != "" {
		args = []string{o.inline}
	}
	switch {
	case o.name != "":
		return run.Saved(c, o.name, o.params)
	case len(args) > 0:
		return run.Asked{Query: statement.Query{Dialects: sources.Dialects, Text: args[0]}}, nil
	case o.file == "":
		if _, ok := output.Terminal(a.stdin); ok {
			return run.Asked{}, errors.New("no query: give SQL as an argument, with -f FILE, or with --name QUERY")
		}
		return a.stdinText()
	}
	if o.file == "-" {
		return a.stdinText()
	}
	q, err := run.ReadQuery(o.file)
	return run.Asked{Query: q}, err
}

func (a *app) stdinText() (run.Asked, error) {
	sql, err := io.ReadAll(a.stdin)
	if err != nil {
		return run.Asked{}, err
	}
	q, err := statement.ParseFile(string(sql), sources.Dialects)
	return run.Asked{Query: q}, err
}
