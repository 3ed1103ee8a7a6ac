// The sources' warnings, which the result itself does not show.

package report

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/nearest"
)

// warnings writes each warning once, in the order of their first occurrence, after the
// names of its sources.
func warnings(b *strings.Builder, outcomes []query.Outcome) {
	var texts []string
	from := map[string][]string{}
	for _, o := range outcomes {
		for _, text := range o.Warnings {
			if from[text] == nil {
				texts = append(texts, text)
			}
			if said := from[text]; len(said) == 0 || said[len(said)-1] != o.Source {
				from[text] = append(said, o.Source)
			}
		}
	}
	for _, text := range texts {
		fmt.Fprintf(b, "%s: warning: %s\n", output.Sanitize(nearest.List(from[text])), output.Sanitize(text))
	}
}
