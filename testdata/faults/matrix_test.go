// The matrix: which faults were tried on which database, and how many of their
// cells passed.

package faults_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// thorough is whether every byte is cut at and every deadline tried.
var thorough = os.Getenv("FANQL_FAULTS") == "all"

// TestMain prints the matrix, which is all that is left when everything passed.
func TestMain(m *testing.M) {
	status := m.Run()
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Println(err)
		status = 1
	}
	results.print()
	os.Exit(status)
}

// results are those of this run.
var results matrix

type matrix struct {
	mu     sync.Mutex
	faults []string // in the order met
	counts map[[2]string]*count
}

type count struct{ passed, all int }

// add counts a cell of a fault on a database.
func (m *matrix) add(fault, database string, passed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[[2]string]*count{}
	}
	if !slices.Contains(m.faults, fault) {
		m.faults = append(m.faults, fault)
	}
	key := [2]string{fault, database}
	if m.counts[key] == nil {
		m.counts[key] = new(count)
	}
	c := m.counts[key]
	c.all++
	if passed {
		c.passed++
	}
}

func (m *matrix) print() {
	var passed, all int
	if len(m.faults) > 0 {
		fmt.Printf("%-58s %11s %11s\n", "fault: cells passed of all", engines[0].name, engines[1].name)
	}
	for _, f := range m.faults {
		fmt.Printf("%-58s", f)
		for _, e := range engines {
			cell := "-"
			if c := m.counts[[2]string{f, e.name}]; c != nil {
				cell = fmt.Sprintf("%d/%d", c.passed, c.all)
				passed += c.passed
				all += c.all
			}
			fmt.Printf(" %11s", cell)
		}
		fmt.Println()
	}
	fmt.Printf("%d of %d cells passed\n", passed, all)
}
