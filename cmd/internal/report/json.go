// The report for programs: one JSON document. Its structure is described in schema.json
// and in the help page exit-statuses; within a version, fields are only added.

package report

import (
	_ "embed" // the schema
	"encoding/json"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
)

// Version is the version of the report's structure.
const Version = 1

// Schema is the JSON Schema of the report.
//
//go:embed schema.json
var Schema string

type document struct {
	Version        int            `json:"version"`
	Fanql          string         `json:"fanql"`
	Started        time.Time      `json:"started"`
	ElapsedSeconds float64        `json:"elapsed_seconds"`
	Result         string         `json:"result"`
	Incomplete     bool           `json:"incomplete"`
	ExitStatus     int            `json:"exit_status"`
	Require        string         `json:"require"`
	Error          *string        `json:"error"`
	Output         *string        `json:"output"`
	Command        *string        `json:"command"`
	Query          *string        `json:"query_sha256"`
	Parameters     *string        `json:"parameters_sha256"`
	Asked          int            `json:"asked"`
	Counts         map[string]int `json:"counts"`
	Rows           int64          `json:"rows"`
	Diff           *diffDocument  `json:"diff"`
	Load           *loadDocument  `json:"load"`
	ResultRows     int64          `json:"result_rows"`
	Unfound        int            `json:"unfound"`
	Sources        []source       `json:"sources"`
}

type loadDocument struct {
	To       string   `json:"to"`
	Place    string   `json:"place"`
	Table    string   `json:"table"`
	Mode     string   `json:"mode"`
	Loaded   bool     `json:"loaded"`
	Unknown  bool     `json:"unknown"`
	Rows     int64    `json:"rows"`
	Bytes    int64    `json:"bytes"`
	Warnings []string `json:"warnings"`
}

func loadOf(l *Load) *loadDocument {
	if l == nil {
		return nil
	}
	return &loadDocument{l.To, l.Place, l.Table, l.Mode, l.Done, l.Unknown, l.Rows, l.Bytes, append([]string{}, l.Warnings...)}
}

type source struct {
	Source          string      `json:"source"`
	State           string      `json:"state"`
	Phase           *string     `json:"phase"`
	Error           *failure    `json:"error"`
	Attempts        int         `json:"attempts"`
	FirstError      *failure    `json:"first_error"`
	Rows            int64       `json:"rows"`
	Discarded       int64       `json:"discarded"`
	Bytes           int64       `json:"bytes"`
	WaitedSeconds   float64     `json:"waited_seconds"`
	FirstRowSeconds *float64    `json:"first_row_seconds"`
	TotalSeconds    float64     `json:"total_seconds"`
	Server          *string     `json:"server"`
	ServerCancel    *string     `json:"server_cancel"`
	Abandoned       bool        `json:"abandoned"`
	Warnings        []string    `json:"warnings"`
	Diff            *comparison `json:"diff"`
	Sent            []Sent      `json:"sent"`
}

type failure struct {
	Code *string `json:"code"`
	Text string  `json:"text"`
}

// JSON returns the report of a verdict; fanql is the program's version.
func JSON(v Verdict, fanql string, started time.Time) ([]byte, error) {
	d := document{
		Version: Version, Fanql: fanql, Started: started.UTC(), ElapsedSeconds: v.Elapsed.Seconds(),
		Result: v.Result(), Incomplete: v.Incomplete(), ExitStatus: v.Exit(), Require: v.Require.String(), Output: optional(v.Output),
		Command: optional(v.Command), Query: optional(v.QuerySum), Parameters: optional(v.ParametersSum),
		Asked: len(v.Outcomes), Counts: map[string]int{}, Rows: v.Rows(), ResultRows: v.Rows(), Unfound: v.Unfound, Diff: diffOf(v), Load: loadOf(v.Load), Sources: []source{},
	}
	if (v.Reduced || v.Federated || v.Listed != "") && v.Result() != "none" {
		d.ResultRows = v.ResultRows
	}
	if v.Failure != nil {
		text := v.Failure.Error()
		d.Error = &text
	}
	for s := query.OK; s <= query.Truncated; s++ {
		d.Counts[s.String()] = v.Count(s)
	}
	for i, o := range v.Outcomes {
		s := sourceOf(o)
		s.Diff = comparisonOf(v, i)
		if i < len(v.Sent) {
			s.Sent = v.Sent[i]
		}
		d.Sources = append(d.Sources, s)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(d)
	return output.SafeJSON([]byte(b.String())), err
}

func sourceOf(o query.Outcome) source {
	s := source{
		Source: o.Source, State: o.State.String(), Attempts: o.Attempts, Rows: o.Rows, Discarded: o.Discarded,
		Bytes: o.Bytes, WaitedSeconds: o.Waited.Seconds(), TotalSeconds: o.Total.Seconds(), Server: optional(o.Server),
		ServerCancel: optional(o.Cancel.String()), Abandoned: o.Abandoned, Warnings: append([]string{}, o.Warnings...),
	}
	if o.FirstRow > 0 {
		first := o.FirstRow.Seconds()
		s.FirstRowSeconds = &first
	}
	if o.FirstErr != nil {
		s.FirstError = failureOf(o.FirstErr)
	}
	if o.State != query.OK {
		s.Phase = optional(o.Phase.String())
		if o.Err != nil {
			s.Error = failureOf(o.Err)
		}
	}
	return s
}

func failureOf(err error) *failure {
	return &failure{Code: optional(query.Outcome{Err: err}.Code()), Text: err.Error()}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
