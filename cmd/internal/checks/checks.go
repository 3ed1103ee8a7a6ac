// Package checks judges data: whether the rows that databases gave are as they are
// expected to be.
//
// [New] reads checks and plans them: a [Spec] is one check, whose [Expectation]s are
// made by [NoRows], [Rows], [Row], [Each], [All], [Agree] and [Unchanged]. [Run] asks
// each query of the [Plan] once and judges every check as soon as all its sources
// have ended:
//
//	p, err := checks.New(checks.Request{Config: c, Getenv: os.Getenv, Now: time.Now()})
//	...
//	r := checks.Run(ctx, p)
//
// A check never passes on an answer that is not whole, unless its own requirement
// says so: what could not be evaluated is an [Error], which is neither passed nor
// failed. What was found is a [Report]; package checkformat shows it.
package checks

import (
	"context"
	"time"

	"github.com/fanql/fanql/cmd/internal/alerting"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/option"
)

// A Plan is what a run asks, and how it judges the answers.
type Plan struct {
	Targets run.Targets // each with one query that is sent once
	Checks  []Spec
	Options query.Options // Ended is the plan's own
	// FailFast ends the run when a check has failed.
	FailFast bool
	Fanql    string // the program's version
	Run      string // the run's name
	Spelling option.Spelling
	// Warnings are of texts that mean something else to some of the sources, and of snoozes
	// that are over.
	Warnings []string
	Disabled []string // checks that were chosen and are not run
	// Inputs are files that the run reads, and so must not write.
	Inputs []run.NamedFile

	asked  map[string]int // place in Targets, by the query and its sources
	given  config.Given   // the sources to choose from
	params givenParams
	// answerMemory is what the making of one answer over all sources may take, in bytes.
	answerMemory int64
	now          run.Clock
	began        time.Time
	texts        map[string]string // by check: a hash of what it asks
	written      map[string][]Text // by check: what it asks
	files        string            // a hash of the files that the checks stand in
}

// A Spec is one check.
type Spec struct {
	Name, Describe string
	Owner, Link    string     // empty where there is none
	SnoozedUntil   *time.Time // nil where it is not snoozed
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
	// Unfound is how many of the sources stand for others that were to be found.
	Unfound int
	Sources []Member // in source order
	// answer, where set, is what the check is about: the one answer over all its sources,
	// each of which has the answer's place as its target.
	answer *answering
	// Files are the places in Plan.Targets of the files that expectations compare
	// with.
	Files []int

	asked, expected string // hashes of what it asks and what it expects
	alert           alerting.Settings
	past            map[pastKey][]sample
	atFirst         string // pass or error, for want of history; empty is error
	written         []Text // what it asks
}

// A Member is a source of a check.
type Member struct {
	Name   string
	Target int // its place in Plan.Targets
}

// An Expectation is what rows should be like. String says so in words.
type Expectation interface {
	String() string
	judge(ctx context.Context, j *judging)
}
