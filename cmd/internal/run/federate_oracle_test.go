// The oracle compares three results of a random statement over random tables on three kinds of
// servers. For the first, sources do part of the work. For the second, fanql does all of it. The
// third comes from one DuckDB database into which the test has loaded all rows.

package run_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/row"
)

// statementsEnv sets the number of statements, without a time limit. seedEnv sets the
// seed of the random numbers.
const (
	statementsEnv = "FANQL_ORACLE_STATEMENTS"
	seedEnv       = "FANQL_ORACLE_SEED"
)

// The ordinary run tries this number of statements, or as many as the time allows.
const (
	usualStatements = 300
	usualTime       = 9 * time.Second
)

// everything reports whether all cases are tried, however long that takes. The ordinary run leaves
// out what differs little from case to case. It runs each named statement with work done at the
// sources, and gathers all rows only for a sample of them.
func everything() bool { return os.Getenv(statementsEnv) != "" }

// sampled reports whether the ordinary run includes a case. It includes one case in n, which the
// name chooses.
func sampled(name string, n uint32) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // it never fails
	return everything() || h.Sum32()%n == 0
}

func numberFrom(t *testing.T, name string, usual int) int {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%s: %v", name, text, err)
	}
	return n
}

func TestPushedGatheredAndOneDatabaseGiveTheSame(t *testing.T) {
	seed := uint64(numberFrom(t, seedEnv, 18))
	f := newFleet(t, rand.New(rand.NewPCG(seed, 1)))
	g := &generator{rand: rand.New(rand.NewPCG(seed, 2))}
	var all []string
	for range numberFrom(t, statementsEnv, usualStatements) {
		all = append(all, g.statement())
	}
	var failed, pushed, split, tried, next atomic.Int64
	began := time.Now()
	const workers = 3 // they mostly wait for servers
	err := query.Parallel(workers, func(int) error {
		for {
			n := int(next.Add(1)) - 1
			late := !everything() && time.Since(began) > usualTime
			if n >= len(all) || late || failed.Load() > 5 {
				return nil
			}
			done, wrong := f.differs(all[n], true)
			tried.Add(1)
			if wrong != "" {
				failed.Add(1)
				t.Errorf("statement %d (%s=%d): %s\n%s", n, seedEnv, seed, all[n], wrong)
			}
			if done.fewer || done.split {
				pushed.Add(1)
			}
			if done.split {
				split.Add(1)
			}
		}
	})
	t.Logf("%d statements in %v, of which %d have work done at the sources, %d of them parts of aggregates", tried.Load(), time.Since(began).Round(time.Millisecond), pushed.Load(), split.Load())
	if err != nil || pushed.Load()*2 < tried.Load() || split.Load()*6 < tried.Load() {
		t.Errorf("too few statements have work done at the sources: %v", err)
	}
}

// work records what the sources did for a statement.
type work struct {
	fewer bool // they sent fewer rows than their tables have, or the statement required it
	split bool // they computed partial aggregates
	mixed bool // some sent rows instead of partial aggregates
	// joined: sources joined their own tables
	joined bool
	keyed  bool // they got keys, and sent the rows with these keys
	// limited: they sent only first rows
	limited bool
	// compared: they compared rows with the value of a subquery
	compared bool
	fetched  int64 // the number of rows that they sent
	sent     texts // the statements that they got
}

// differs describes how the three results of a statement differ. It returns an empty text if they
// are equal. It gathers all rows only if gathered is set.
func (f *fleet) differs(sql string, gathered bool) (done work, wrong string) {
	want, wantErr := f.loaded(sql)
	sent, fetched, got, gotErr := f.answer(sql, false)
	whole, all, allErr := fetched, got, gotErr
	if gathered {
		_, whole, all, allErr = f.answer(sql, true)
	}
	done = work{
		fewer: fetched < whole || sent.has(" where ") || sent.has(" limit ") || sent.has(" group by "),
		split: sent.has("fanql 0"), // the column name of the first partial aggregate
		mixed: sent.say("it gives rows"),

		joined: sent.has(`"t2"`) || sent.has("`t2`"),
		keyed:  sent.has("= any(") && sent.has("json_each"),

		limited: sent.has(" limit "), compared: sent.has("fanql value"), fetched: fetched, sent: sent,
	}
	switch {
	case wantErr != nil && (allErr == nil || gotErr == nil):
		return done, fmt.Sprintf("one database says %v; gathered %v, pushed %v", wantErr, allErr, gotErr)
	case wantErr != nil:
		return done, ""
	case allErr != nil || gotErr != nil:
		return done, fmt.Sprintf("gathered: %v\npushed: %v", allErr, gotErr)
	}
	if diff := different(want, all); diff != "" {
		return done, "gathered differs from one database: " + diff
	}
	if diff := different(want, got); diff != "" {
		return done, "pushed differs from one database: " + diff
	}
	return done, ""
}

// loaded returns the result from the database with all rows.
func (f *fleet) loaded(sql string) ([][]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rows [][]string
	err := f.one.Query(context.Background(), sql, func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			var texts []string
			for _, c := range b.Row(i) {
				if c.Kind == row.Null {
					texts = append(texts, null)
					continue
				}
				texts = append(texts, string(b.AppendText(nil, c)))
			}
			rows = append(rows, texts)
		}
		return nil
	})
	return rows, err
}

const null = "\\N"

// texts are the statements that were sent to the sources.
type texts [][]report.Sent

func (t texts) has(part string) bool {
	return slices.ContainsFunc(t, func(all []report.Sent) bool {
		return slices.ContainsFunc(all, func(s report.Sent) bool { return strings.Contains(s.SQL, part) })
	})
}

// String returns the statements of each source, for the errors of tests.
func (t texts) String() string {
	var b strings.Builder
	for _, all := range t {
		for _, s := range all {
			fmt.Fprintf(&b, "%s\n%s\n", s.SQL, strings.Join(s.Here, "\n"))
		}
	}
	return b.String()
}

// say reports whether the given reason is among the reasons why a source did not get more of the
// work.
func (t texts) say(reason string) bool {
	return slices.ContainsFunc(t, func(all []report.Sent) bool {
		return slices.ContainsFunc(all, func(s report.Sent) bool { return strings.Contains(strings.Join(s.Here, "\n"), reason) })
	})
}

// answer runs a statement over the sources. It returns the statements that were sent to them, the
// number of rows that they sent, and the result.
func (f *fleet) answer(sql string, gather bool) (sent texts, fetched int64, rows [][]string, err error) {
	format, _ := output.Formats.ByName("csv")
	enough := time.Minute // on a busy machine a login may take longer than the default timeout
	p, err := run.New(run.Request{
		Config: f.config, Getenv: os.Getenv, Query: statement.Query{Text: sql, Dialects: sources.Dialects},
		Limits: run.Limits{Timeout: enough, ConnectTimeout: &enough}, SourceColumn: "source", Federate: &run.Federate{Gather: gather},
		Format: format, Style: output.Options{NoHeader: true, Null: null, NullSet: true},
	})
	if err != nil {
		return nil, 0, nil, err
	}
	defer p.Close()
	var out, log bytes.Buffer
	v, err := p.Execute(context.Background(), run.Host{Out: run.Stream{Plain: &out}, Err: run.Stream{Plain: &log}})
	if err == nil {
		err = v.Failure
	}
	if err == nil && v.Exit() != 0 {
		err = errors.New(log.String())
	}
	if err != nil {
		return nil, 0, nil, err
	}
	r := csv.NewReader(&out)
	r.FieldsPerRecord = -1
	rows, err = r.ReadAll()
	return v.Sent, v.Rows(), rows, err
}

// different describes how two results differ. The order of rows does not matter, and
// floats may differ in their last digits.
func different(want, got [][]string) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d rows, want %d\nunwanted %s\nmissing  %s", len(got), len(want), sample(without(got, want)), sample(without(want, got)))
	}
	byText := func(a, b []string) int { return slices.Compare(rounded(a), rounded(b)) }
	want, got = slices.Clone(want), slices.Clone(got)
	slices.SortFunc(want, byText)
	slices.SortFunc(got, byText)
	for i := range want {
		for c := range want[i] {
			if c >= len(got[i]) || !same(want[i][c], got[i][c]) {
				return fmt.Sprintf("row %q, want %q", got[i], want[i])
			}
		}
	}
	return ""
}

// without returns the rows that are not in others.
func without(rows, others [][]string) (all [][]string) {
	left := map[string]int{}
	for _, r := range others {
		left[fmt.Sprintf("%q", rounded(r))]++
	}
	for _, r := range rows {
		if key := fmt.Sprintf("%q", rounded(r)); left[key] > 0 {
			left[key]--
		} else {
			all = append(all, r)
		}
	}
	return all
}

func sample(rows [][]string) string { return fmt.Sprintf("%q", rows[:min(len(rows), 12)]) }

// rounded shortens floats, so that almost equal rows sort to the same position.
func rounded(row []string) (all []string) {
	for _, cell := range row {
		if v, err := strconv.ParseFloat(cell, 64); err == nil && strings.ContainsAny(cell, ".e") {
			cell = strconv.FormatFloat(v, 'g', 9, 64)
		}
		all = append(all, cell)
	}
	return all
}

func same(a, b string) bool {
	if a == b {
		return true
	}
	x, errA := strconv.ParseFloat(a, 64)
	y, errB := strconv.ParseFloat(b, 64)
	if errA != nil || errB != nil || !strings.ContainsAny(a+b, ".e") {
		return false
	}
	const sum = 4e7 // this is at least the sum of the absolute values of all scores
	return math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y), 1e-6*sum)
}
