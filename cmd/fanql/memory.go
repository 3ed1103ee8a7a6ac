// --memory: the limit for waiting rows, and its default.

package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
)

// byDefault stands for the value of [process.DefaultMemory].
const byDefault = "default"

// memoryFlag adds --memory.
func memoryFlag(f *pflag.FlagSet, value *string, usage string) {
	f.StringVar(value, "memory", byDefault, usage+"; by default, no more than a quarter of what the control group allows")
	f.Lookup("memory").DefValue = "256MiB"
}

// budgetMemory reads --memory. If the process has little address space left (`ulimit -v`),
// it lowers the limit, so that temporary files are used sooner: an allocation beyond the
// address space would end the process.
func budgetMemory(text string) (int64, error) {
	left := process.AddressesLeft()
	if text == byDefault {
		return process.Within(process.DefaultMemory(process.MemoryLimit("/")), left), nil
	}
	n, err := parseSize(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("--memory: %w", err)
	case n < process.LeastMemory:
		return 0, fmt.Errorf("--memory %s: too little for even a few rows: give 16KiB at least", output.Sanitize(text))
	}
	return process.Within(n, left), nil
}
