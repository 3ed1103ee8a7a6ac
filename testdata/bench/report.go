// The outcome as Markdown.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// report gives a table of the contests, and below it where and how they were held.
func report(ctx context.Context, bin string, o options, table []pairing) (string, error) {
	var b strings.Builder
	b.WriteString("| fanql's work | against | at most | measured | spread | fanql | the other | fanql's memory |\n" +
		"|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, p := range table {
		value, spread, met := p.limit.of(p)
		if value = "**" + value + "**"; !met {
			value += " (missed)"
		}
		theirs := ""
		if p.against != "" {
			theirs = seconds(median(times(p.theirs)))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %d MiB |\n", p.work, p.against, p.limit, value, spread,
			seconds(median(times(p.ours))), theirs, largest(p.ours)>>20)
	}
	machine, err := machine(ctx)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "\n%d rows of %d columns in each source; medians of %d runs in turns (of %d where it is about the first row or a short query), "+
		"ratios and differences those of the same turn, spread from the least to the most; memory is the largest resident set of any run. "+
		"On %s, with files in memory. ", o.rows, width, o.runs, o.runs*moreRuns, machine)
	var versions []string
	for _, argv := range [][]string{
		{bin, "version"},
		{psqlItself(), "--version"},
		{"mariadb", "--version"},
		{"sqlite3", "--version"},
	} {
		text, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
		if err != nil {
			return "", fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if argv[0] == "sqlite3" { // it leaves out its name, and adds a checksum
			line = "sqlite3 " + strings.Fields(line)[0]
		}
		versions = append(versions, line)
	}
	b.WriteString(strings.Join(versions, "; ") + ".\n")
	return b.String(), nil
}

// write puts the text where the flags want it.
func (o options) write(text string) error {
	if o.to != "" {
		if err := os.WriteFile(o.to, []byte(text), 0o666); err != nil { //nolint:gosec // for all to read
			return err
		}
	}
	if o.readme == "" {
		return nil
	}
	whole, err := between(o.readme, text)
	if err != nil {
		return err
	}
	return os.WriteFile(o.readme, []byte(whole), 0o666) //nolint:gosec // as above
}

// between gives the content of a file with the text between its markers.
func between(path, text string) (string, error) {
	const begin, end = "<!-- bench -->\n", "<!-- /bench -->\n"
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	before, rest, ok := strings.Cut(string(content), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("%s has no lines %s and %s", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + text + end + after, nil
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

// seconds gives three digits.
func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
