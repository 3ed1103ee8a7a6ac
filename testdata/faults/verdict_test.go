// The expected end of a cell, and its expected rows.

package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// wrong describes how the end of a cell differs from the expected end.
func (c *cell) wrong(o query.Outcome, arrived bool, rows []string) (wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	states, attempts := c.state, c.attempts
	if states == nil {
		states = []query.State{query.OK}
	}
	if attempts == nil {
		attempts = []int{1}
	}
	if !slices.Contains(states, o.State) {
		complain("it is %s in %s (%v), want %v", o.State, o.Phase, o.Err, states)
		if o.State != query.OK {
			return wrong
		}
	}
	if !slices.Contains(attempts, o.Attempts) {
		complain("it was asked %d times, want %v (%s in %s: %v)", o.Attempts, attempts, o.State, o.Phase, o.Err)
	}
	if o.Abandoned {
		complain("it was abandoned")
	}
	if !slices.ContainsFunc(append(o.Warnings, ""), func(w string) bool { return strings.Contains(w, c.warns) && (w != "" || c.warns == "") }) {
		complain("its warnings are %q, want %q", o.Warnings, c.warns)
	}
	if o.State == query.OK {
		if c.rows == nil || !slices.Equal(rows, c.rows) || o.Rows != int64(len(rows)) || o.Err != nil {
			complain("it is ok with %d rows (%d counted), and the truth has %d", len(rows), o.Rows, len(c.rows))
		}
		return wrong
	}
	if arrived || o.Rows != 0 || o.Err == nil {
		complain("it is %s with %d rows (%d counted) and error %v", o.State, len(rows), o.Rows, o.Err)
	}
	if o.Phase < c.from || o.Phase > c.to {
		complain("it ended in %s (%v), want %s to %s", o.Phase, o.Err, c.from, c.to)
	}
	if c.code != "" && o.Code() != c.code {
		complain("its code is %s (%v), want %s", o.Code(), o.Err, c.code)
	}
	if o.Err != nil && !strings.Contains(o.Err.Error(), c.says) {
		complain("it says %q, want %q", o.Err, c.says)
	}
	if c.cancel != nil && !slices.Contains(c.cancel, o.Cancel) {
		complain("its cancel is %q, want one of %q", o.Cancel, c.cancel)
	}
	return wrong
}

// take renders rows in the form of statement.rows.
func take(rows *[]string) row.Emit {
	return func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			var line []byte
			for j, c := range b.Row(i) {
				if j > 0 {
					line = append(line, '|')
				}
				if c.Kind == row.Null {
					line = append(line, "NULL"...)
					continue
				}
				line = b.AppendText(line, c)
			}
			*rows = append(*rows, string(line))
		}
		return nil
	}
}

// openFiles returns the targets of this process's descriptors, if the system lists them.
func openFiles() (all []string) {
	if runtime.GOOS != "linux" {
		return nil
	}
	const folder = "/proc/self/fd"
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil {
			all = append(all, to)
		}
	}
	return all
}
