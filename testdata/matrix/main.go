// Matrix runs the tests that break things, package by package. It prints which faults they tried on
// which database, and the number of cells that passed:
//
//	FANQL_FAULTS=all go run ./testdata/matrix [flags of go test]
//
// A cell is a test of lines without subtests, or a cell that a test of testdata/faults reports.
// Such a test reports many cells.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, func(s string) { fmt.Print(s) }, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

// run tests the packages one after the other, since they measure time.
func run(ctx context.Context, show func(string), flags []string) error {
	var m matrix
	broken := false
	for _, pkg := range packages() {
		r := newResults(show)
		args := append([]string{"test", "-json", "-run", pattern(pkg)}, flags...)
		cmd := exec.CommandContext(ctx, "go", append(args, "./"+pkg)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		reading := r.read(out)
		if err := cmd.Wait(); err != nil {
			broken = true
		}
		if reading != nil {
			return reading
		}
		if err := m.addAll(pkg, r); err != nil {
			return err
		}
	}
	show(m.String())
	if broken {
		return errors.New("tests have failed: see above")
	}
	return nil
}

// packages returns the packages of the lines, in order.
func packages() []string {
	all := []string{faults}
	for _, l := range lines {
		if !slices.Contains(all, l.pkg) {
			all = append(all, l.pkg)
		}
	}
	return all
}

// pattern returns the pattern of the tests that go test must run in a package.
func pattern(pkg string) string {
	var tests []string
	for _, l := range lines {
		if top, _, _ := strings.Cut(l.test, "/"); l.pkg == pkg && !slices.Contains(tests, top) {
			tests = append(tests, top)
		}
	}
	if pkg == faults {
		return "."
	}
	return "^(" + strings.Join(tests, "|") + ")$"
}
