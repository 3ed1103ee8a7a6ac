package main

import (
	"testing"

	"github.com/fanql/fanql/cmd/internal/process"
)

func TestTheDefaultMemoryIsWithinItsBounds(t *testing.T) {
	if n, err := budgetMemory(byDefault); err != nil || n > 256<<20 || n < process.LeastMemory {
		t.Errorf("%d, %v", n, err)
	}
}
