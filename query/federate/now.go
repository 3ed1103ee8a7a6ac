// The current time: constants replace the functions that return it. They are the same in
// all parts of the statement.

package federate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// presents maps the functions that return the current time to their types in DuckDB, and
// the forms of their constants. DuckDB's zone is UTC here.
var presents = map[string]struct{ kind, format string }{
	"now": instant, "get_current_timestamp": instant, "transaction_timestamp": instant, "current_timestamp": instant,
	"today": {"DATE", time.DateOnly}, "current_date": {"DATE", time.DateOnly},
	"current_localtimestamp": {"TIMESTAMP", "2006-01-02 15:04:05.999999"}, "localtimestamp": {"TIMESTAMP", "2006-01-02 15:04:05.999999"},
}

var instant = struct{ kind, format string }{"TIMESTAMPTZ", "2006-01-02 15:04:05.999999+00"}

// keywords are the functions that may be written without parentheses. A column with that
// name takes precedence.
var keywords = []string{"current_timestamp", "current_date", "localtimestamp"}

var present = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\w+)(\s*\(\s*\))?`) })

// A folding is a constant in the text that replaces a function.
type folding struct {
	at, length int // where the constant is, in bytes of the text with constants
	was        int // the length of the text that it replaces, in bytes
}

// foldPresent replaces the functions that return the current time by constants. It reports
// whether there were any. If so, the text has to be parsed once more.
func (p *Plan) foldPresent() bool {
	var at []int
	bare := map[string]bool{}
	taken := map[string]bool{} // names that the text itself defines
	p.tree.Walk(func(n engine.Node) {
		taken[strings.ToLower(text(n, "alias"))] = true
		for _, name := range list(n, "column_name_alias") {
			name, _ := name.(string)
			taken[strings.ToLower(name)] = true
		}
	})
	p.tree.Walk(func(n engine.Node) {
		place, ok := engine.Location(n)
		if !ok || place >= len(p.text) {
			return
		}
		name := strings.ToLower(text(n, "function_name"))
		if isColumn(n) && len(names(n)) == 1 {
			if name = strings.ToLower(names(n)[0]); !slices.Contains(keywords, name) || taken[name] {
				return
			}
			bare[name] = true
		} else if len(children(n, "children")) > 0 {
			return
		}
		found := present().FindStringSubmatch(p.text[place:])
		if _, is := presents[name]; is && found != nil && strings.EqualFold(found[1], name) && (found[2] != "" || slices.Contains(keywords, name)) {
			at = append(at, place)
		}
	})
	slices.Sort(at)
	at = slices.Compact(at)
	if len(at) == 0 {
		return false
	}
	now := p.o.Now
	if now.IsZero() {
		now = time.Now()
	}
	var b strings.Builder
	p.asked = p.text
	from := 0
	for _, place := range at {
		b.WriteString(p.asked[from:place])
		found := present().FindStringSubmatch(p.asked[place:])
		is := presents[strings.ToLower(found[1])]
		constant := fmt.Sprintf("CAST('%s' AS %s)", now.UTC().Truncate(time.Microsecond).Format(is.format), is.kind)
		p.folded = append(p.folded, folding{b.Len(), len(constant), len(found[0])})
		b.WriteString(constant)
		from = place + len(found[0])
	}
	b.WriteString(p.asked[from:])
	p.text, p.bare = b.String(), bare
	return true
}

// unfolded converts a byte offset in the text with constants to one in the original text.
func (p *Plan) unfolded(at int) int {
	moved := 0
	for _, f := range p.folded {
		switch {
		case at < f.at:
			return at - moved
		case at < f.at+f.length:
			return f.at - moved
		}
		moved += f.length - f.was
	}
	return at - moved
}

// original returns the text before constants replaced functions.
func (p *Plan) original() string {
	if p.asked != "" {
		return p.asked
	}
	return p.text
}

// columnsOfPresent returns an error if a column has the name of a replaced function that
// was written without parentheses. DuckDB would have read the column.
func (p *Plan) columnsOfPresent() error {
	for _, r := range p.relations {
		for _, c := range r.columns {
			if p.bare[strings.ToLower(c.name)] {
				return p.invalid(r.at, "table %s has a column %s, and the statement names it as the function: write it with the table before it", r, c.name)
			}
		}
	}
	return nil
}
