// Package checks judges data: whether the rows that databases gave are as they are
// expected to be.
//
// A [Spec] is one check, whose [Expectation]s are made by [NoRows], [Rows], [Row],
// [Each], [All], [Agree] and [Unchanged]. [Run] asks each question of a [Plan] once
// and judges every check as soon as all its sources have ended:
//
//	r := checks.Run(ctx, &checks.Plan{Asks: asks, Checks: specs, Options: query.Options{Timeout: time.Minute}})
//
// A check never passes on an answer that is not whole, unless its own requirement
// says so: what could not be evaluated is an [Error], which is neither passed nor
// failed. What was found is a [Report]; package checkformat shows it.
package checks

import (
	"context"
	"time"

	"github.com/fanql/fanql/query"
)

// A Plan is what a run asks, and how it judges the answers.
type Plan struct {
	Asks    []query.Ask // each question to a source once
	Checks  []Spec
	Options query.Options // Ended is the plan's own
	// FailFast ends the run when a check has failed.
	FailFast bool
	Fanql    string // the program's version
	Run      string // the run's name
}

// A Spec is one check.
type Spec struct {
	Name, Describe string
	Tags           []string
	Severity       Severity
	// Require is how many of its sources have to be evaluated.
	Require query.Require
	// Samples is how many rows that offend are kept, for each source.
	Samples int
	// Timeout is its own, for each of its queries from its turn on; 0 is none. A
	// shared query may run for as long as any of its checks lets it.
	Timeout      time.Duration
	Expectations []Expectation
	Sources      []Member // in source order
	// Files are the places in Plan.Asks of the files that expectations compare
	// with.
	Files []int
}

// A Member is a source of a check.
type Member struct {
	Name string
	Ask  int // its place in Plan.Asks
}

// An Expectation is what rows should be like. String says so in words.
type Expectation interface {
	String() string
	judge(ctx context.Context, j *judging)
}
