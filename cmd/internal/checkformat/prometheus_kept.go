// The series that a file for Prometheus keeps from the file that it replaces: those of
// checks that did not run this time.

package checkformat

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// promLine matches a series as we write it: its name, its labels and its value.
var promLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z_]+)\{(run="(?:[^"\\]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\]|\\["\\n])*")*)\} ([-+.0-9A-Za-z]+)\n$`)
})

// keepsPrometheus returns an error unless the text is one that we wrote, of any run.
func keepsPrometheus(previous []byte) error {
	return readSeries(string(previous), func(family, string, string) {})
}

// readSeries calls do for each series of an earlier file: its family, its labels, and its
// line. It returns an error for a line that we did not write.
func readSeries(previous string, do func(f family, labels, line string)) error {
	n := 0
	for line := range strings.Lines(previous) {
		n++
		if word, rest, ok := strings.Cut(line, " "); ok && word == "#" {
			if i := slices.IndexFunc(promFamilies, func(f family) bool {
				return strings.HasPrefix(rest, "TYPE "+f.name+" gauge\n") || strings.HasPrefix(rest, "HELP "+f.name+" ")
			}); i >= 0 {
				continue
			}
		} else if part := promLine().FindStringSubmatch(line); part != nil {
			if i := slices.IndexFunc(promFamilies, func(f family) bool { return f.name == part[1] }); i >= 0 {
				do(promFamilies[i], part[2], line)
				continue
			}
		}
		return fmt.Errorf("line %d is none that fanql check writes in this format", n)
	}
	return nil
}

// keep copies the series of an earlier file, except those that this run replaces: the
// series of the run itself and of the checks in the report, including disabled ones.
func (p *prom) keep(previous string, run string, r *checks.Report) error {
	names := slices.Clone(r.Disabled)
	for _, c := range r.Checks {
		names = append(names, c.Name)
	}
	return readSeries(previous, func(f family, labels, line string) {
		if labels == run || slices.ContainsFunc(names, func(name string) bool {
			own := run + ",check=" + promLabel(name)
			return labels == own || strings.HasPrefix(labels, own+",")
		}) {
			return
		}
		p.lines(f).WriteString(line)
	})
}
