// The results as Markdown.
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

// report returns a table of the contests. Below the table it has how and on which machine they were
// run, and which were left out.
func report(ctx context.Context, bin string, o options, table []outcome, left []string) (string, error) {
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
	if _, err := exec.LookPath(python); err == nil {
		versions = append(versions, output(ctx, python, "--version"))
	}
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
		if argv[0] == "sqlite3" { // its version has no name of the program, but has a checksum
			line = "sqlite3 " + strings.Fields(line)[0]
		}
		versions = append(versions, line)
	}
	b.WriteString(strings.Join(versions, "; ") + ".\n")
	for _, why := range left {
		b.WriteString("\nHere " + why + ".\n")
	}
	return b.String(), nil
}

// write writes the text to the places that the flags name.
func (o options) write(text string) error {
	if o.to != "" {
		if err := os.WriteFile(o.to, []byte(text), 0o666); err != nil { //nolint:gosec // everybody may read it
			return err
		}
	}
	if o.readme == "" {
		return nil
	}
	whole, err := between(o.readme, func(old string) string {
		if o.only == nil || o.only.String() == "" {
			return text
		}
		return patched(old, text)
	})
	if err != nil {
		return err
	}
	return os.WriteFile(o.readme, []byte(whole), 0o666) //nolint:gosec // as above
}

// same returns the text unchanged.
func same(text string) string { return text }

// patched returns an old table with the rows of a new table that has only some contests. A new row
// replaces the old row of the same contest, and rows of new contests are appended. The text below
// the old table stays. The text below the new table follows it, with the names of its contests.
// Names of these contests are removed from such texts of earlier runs.
func patched(old, now string) string {
	row := func(line string) (key string, ok bool) {
		cells := strings.SplitN(line, " | ", 3)
		return strings.Join(cells[:min(len(cells), 2)], " | "), strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| fanql's work ")
	}
	_, below, _ := strings.Cut(now, "\n\n")
	lines := map[string]string{}
	var keys, works []string
	for line := range strings.Lines(now) {
		if key, ok := row(line); ok {
			lines[key], keys = line, append(keys, key)
			if work, _, _ := strings.Cut(strings.TrimPrefix(key, "| "), " | "); !slices.Contains(works, work) {
				works = append(works, work)
			}
		}
	}
	table, rest, _ := strings.Cut(old, "\n\n")
	var b strings.Builder
	for line := range strings.Lines(table + "\n") {
		if key, ok := row(line); ok && lines[key] != "" {
			line = lines[key]
			delete(lines, key)
		}
		b.WriteString(line)
	}
	for _, key := range keys {
		b.WriteString(lines[key])
	}
	const ownRun = "\nBy a run of their own: "
	runs := strings.Split(rest, ownRun)
	kept := runs[0]
	for _, run := range runs[1:] {
		names, text, _ := strings.Cut(run, ". ")
		if left := slices.DeleteFunc(strings.Split(names, "; "), func(work string) bool { return slices.Contains(works, work) }); len(left) > 0 {
			kept += ownRun + strings.Join(left, "; ") + ". " + text
		}
	}
	return b.String() + "\n" + kept + ownRun + strings.Join(works, "; ") + ". " + below
}

// between replaces the text between the markers in a file by the result of change, and returns the
// content.
func between(path string, change func(old string) string) (string, error) {
	const begin, end = "<!-- bench -->\n", "<!-- /bench -->\n"
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	before, rest, ok := strings.Cut(string(content), begin)
	old, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("%s has no lines %s and %s", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + change(old) + end + after, nil
}

// median returns the middle value, or the mean of the two in the middle.
func median[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// seconds writes a duration with three digits, also if it is much less than a second.
func seconds(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
