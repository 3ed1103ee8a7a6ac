// The output of go test for one package.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
	Key, Value                    string // of an attribute
	Elapsed                       float64
}

// results have the end of each test of a package, and the cells that the tests reported.
type results struct {
	show  func(string)
	ends  map[string]string // pass, fail or skip
	order []string
	cells []string
	said  map[string][]string
}

func newResults(show func(string)) *results {
	return &results{show: show, ends: map[string]string{}, said: map[string][]string{}}
}

// read reads all events. The output of a test is shown if it failed or was skipped.
func (r *results) read(events io.Reader) error {
	for d := json.NewDecoder(events); ; {
		var e event
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch e.Action {
		case "output", "build-output":
			if !strings.HasPrefix(e.Output, "=== ") {
				r.said[e.Test] = append(r.said[e.Test], e.Output)
			}
		case "attr":
			if e.Key == "cell" {
				r.cells = append(r.cells, e.Value)
			}
		case "pass", "fail", "skip":
			if e.Action != "pass" {
				r.show(strings.Join(r.said[e.Test], ""))
			}
			delete(r.said, e.Test)
			if e.Test == "" {
				r.show(fmt.Sprintf("%-4s  %s  %.1fs\n", e.Action, e.Package, e.Elapsed))
				continue
			}
			r.ends[e.Test] = e.Action
			r.order = append(r.order, e.Test)
		}
	}
}

// leaves returns the tests without subtests at or below a test.
func (r *results) leaves(test string) (all []string) {
	for _, name := range r.order {
		if name != test && !strings.HasPrefix(name, test+"/") {
			continue
		}
		leaf := true
		for other := range r.ends {
			leaf = leaf && !strings.HasPrefix(other, name+"/")
		}
		if leaf {
			all = append(all, name)
		}
	}
	return all
}
