// Package checks judges data: it compares the rows of databases with expectations.
//
// [New] reads checks and plans them: a [Spec] is one check, whose [Expectation]s are made
// by [NoRows], [Rows], [Row], [Each], [All], [Agree] and [Unchanged]. [Run] runs each query
// of the [Plan] once and judges every check as soon as all its sources have ended:
//
//	p, err := checks.New(checks.Request{Config: c, Getenv: os.Getenv, Now: time.Now()})
//	...
//	r := checks.Run(ctx, p)
//
// A check never passes with a partial answer, unless its own requirement allows it. A check
// that could not be evaluated is an [Error], which is neither passed nor failed. The result
// is a [Report]; package checkformat shows it.
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

// A Plan has the queries of a run, and the checks that judge the answers.
type Plan struct {
	Targets run.Targets // each has one query, which is sent once
	Checks  []Spec
	Options query.Options // the plan sets Ended itself
	// FailFast ends the run when a check has failed.
	FailFast bool
	Fanql    string // the program's version
	Run      string // the run's name
	Spelling option.Spelling
	// Warnings are about texts that mean different things to different sources, and about
	// snoozes that are over.
	Warnings []string
	Disabled []string // checks that were chosen and are not run
	// Inputs are files that the run reads, and so must not write.
	Inputs []run.NamedFile

	asked  map[string]int // index in Targets, by the query and its sources
	given  config.Given   // the sources to choose from
	params givenParams
	// answerMemory is the memory for computing one answer over all sources, in bytes.
	answerMemory int64
	now          run.Clock
	began        time.Time
	texts        map[string]string // by check: a hash of its queries
	written      map[string][]Text // by check: its queries
	files        string            // a hash of the files that contain the checks
}

// A Spec is one check.
type Spec struct {
	Name, Describe string
	Owner, Link    string     // empty if there is none
	SnoozedUntil   *time.Time // nil if it is not snoozed
	Tags           []string
	Severity       Severity
	// Require is how many of its sources have to be evaluated.
	Require query.Require
	// Samples is how many failing rows are kept for each source.
	Samples int
	// Timeout is the check's own timeout for each of its queries, from the start of the
	// query; 0 is none. A query that several checks share has the longest of their
	// timeouts.
	Timeout      time.Duration
	Expectations []Expectation
	// Unfound is how many of the sources are patterns or lists whose sources could not be
	// found.
	Unfound int
	Sources []Member // in source order
	// answer, if set, is the one answer over all sources that the check is about. Then the
	// target of each source is the answer.
	answer *answering
	// Files are the indexes in Plan.Targets of the files that expectations compare with.
	Files []int

	asked, expected string // hashes of the queries and of the expectations
	alert           alerting.Settings
	past            map[pastKey][]sample
	atFirst         string // pass or error: the verdict if there is not enough history; empty is error
	written         []Text // the queries
}

// A Member is a source of a check.
type Member struct {
	Name   string
	Target int // its index in Plan.Targets
}

// An Expectation is a condition on rows. String returns it in words.
type Expectation interface {
	String() string
	judge(ctx context.Context, j *judging)
}
