// The outcome as Markdown.
package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report writes a table of the contests, and below it what was compared.
func report(ctx context.Context, w io.Writer, bin string, rows, runs int, table []pairing) error {
	var b strings.Builder
	b.WriteString("| export to CSV | fanql | spread | native | spread | ratio | spread | fanql's memory |\n" +
		"|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, p := range table {
		ratios := make([]float64, len(p.ours))
		for i := range p.ours {
			ratios[i] = p.ours[i].Seconds() / p.theirs[i].Seconds()
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | **%.2f** | %.2f to %.2f | %d MiB |\n", p.name,
			seconds(median(p.ours)), spread(p.ours), seconds(median(p.theirs)), spread(p.theirs),
			median(ratios), slices.Min(ratios), slices.Max(ratios), p.memory>>20)
	}
	fmt.Fprintf(&b, "\n%d rows of %d columns in each source, %d runs of each after one that does not count, "+
		"medians with the least and the most; ratios are of the same turn. "+
		"Memory is the largest resident set of any run. %s/%s, %d CPUs.\n\n",
		rows, width, runs, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, argv := range [][]string{
		{bin, "version"},
		{"psql", "--version"},
		{"mariadb", "--version"},
		{"sqlite3", "--version"},
	} {
		version, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
		if err != nil {
			return fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
		}
		line, _, _ := strings.Cut(string(version), "\n")
		fmt.Fprintf(&b, "- %s\n", line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// median gives the middle value, of an even number the mean of the middle two.
func median[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func spread(values []time.Duration) string {
	return fmt.Sprintf("%.2f to %.2f", slices.Min(values).Seconds(), slices.Max(values).Seconds())
}
