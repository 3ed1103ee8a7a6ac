// The distance between values that a comparison found to differ.

package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/cmd/internal/output"
)

// distanceBy describes the distance of the first changed value that has one, such as ";
// amount of id 1: 0.25 less". The samples are those of a comparison by key: change, the
// key, column, baseline, value.
func distanceBy(s *Samples) string {
	if s == nil || len(s.Columns) < 4 {
		return ""
	}
	n := len(s.Columns) - 3
	if s.Columns[0] != "change" || !slices.Equal(s.Columns[n:], []string{"column", "baseline", "value"}) {
		return ""
	}
	for _, r := range s.Rows {
		if r[0] == nil || *r[0] != "changed" || slices.Contains(r[n:], nil) {
			continue
		}
		by := expression.Distance(*r[n+2], *r[n+1])
		if by == "" {
			continue
		}
		var key []string
		for i, name := range s.Columns[1:n] {
			value := "NULL"
			if v := r[1+i]; v != nil {
				value = *v
			}
			key = append(key, name+" "+value)
		}
		of := ""
		if len(key) > 0 { // single rows have no key
			of = " of " + strings.Join(key, ", ")
		}
		return output.Sanitize(fmt.Sprintf("; %s%s: %s", *r[n], of, by))
	}
	return ""
}
