// Queries in files: sections for dialects and sources.

package statement

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/driver"
)

// sectionLine matches the line that begins a section. It is a comment in every dialect,
// including MySQL, so that the file remains SQL.
var sectionLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^--[ \t]+fanql:(.*)`) })

// ParseFile splits a file into its sections. A line
//
//	-- fanql: mysql, shards
//
// begins the text for the dialects and sources that it names. The text before the first
// such line is the default. Known becomes [Query.Dialects]. ParseFile accepts words that
// name no dialect: [Query.Check] knows the sources, and finds those that name neither.
func ParseFile(text string, known driver.Dialects) (Query, error) {
	text = strings.TrimPrefix(text, "\uFEFF") // a byte order mark of some editors, not SQL
	q := Query{Dialects: known, Variants: map[string]string{}, above: map[string]int{}, keyed: map[string]int{}}
	var keys []string   // of the current section
	start, line := 0, 0 // where the section begins, and the number of the current line
	end := func(at int) {
		if keys == nil {
			q.Text = text[:at]
		}
		for _, k := range keys {
			q.Variants[k] = text[start:at]
		}
	}
	for at := 0; at < len(text); {
		next := len(text)
		if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
			next = at + n + 1
		}
		line++
		if m := sectionLine().FindStringSubmatch(text[at:next]); m != nil {
			end(at)
			var err error
			if keys, err = q.section(m[1], line); err != nil {
				return Query{}, err
			}
			start = next
		}
		at = next
	}
	end(len(text))
	return q, nil
}

// section records the names of the section that begins after this line, and returns them as
// keys of Variants.
func (q Query) section(names string, line int) ([]string, error) {
	keys := []string{}
	for name := range strings.SplitSeq(names, ",") {
		key := strings.TrimSpace(name)
		if key == "" {
			return nil, fmt.Errorf("line %d: a section names dialects or sources: -- fanql: mysql, eu", line)
		}
		if d := q.Dialects.Named(key); d != nil {
			key = d.Name
		}
		if before, ok := q.keyed[key]; ok {
			return nil, fmt.Errorf("line %d: %s has a section already, on line %d", line, key, before)
		}
		q.keyed[key], q.above[key] = line, line
		keys = append(keys, key)
	}
	return keys, nil
}
