// Contests of completion. A shell waits for it each time the tab key is pressed.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// completed is the largest processor time that a completion may take.
const completed = 30 * time.Millisecond

// completions returns contests of what is completed, with a config of few sources and with one of
// 1,000.
func (r ring) completions() []contest {
	const many = 1000
	completing := func(sources int, offered string, typed ...string) runner {
		file := r.file(fmt.Sprintf("completion-%d.yaml", sources))
		var words bytes.Buffer
		run := writing(&words, append([]string{r.bin, "__complete", "query", "--config", file}, typed...), nil, func() error {
			defer words.Reset()
			if !strings.Contains("\n"+words.String(), "\n"+offered) {
				return errors.New("completion does not offer " + offered)
			}
			return nil
		}, file)
		return func(ctx context.Context) (measure, error) {
			if err := os.WriteFile(file, []byte(manySources(sources)), 0o600); err != nil {
				return measure{}, err
			}
			return run(ctx)
		}
	}
	of := func(what string, ours runner) contest {
		return contest{work: "completion of " + what, limit: limit{cpu: completed}, brief: true, ours: ours}
	}
	return []contest{
		of("a flag", completing(8, "--order-by", "--order")),
		of("the names of 8 sources", completing(8, "shop-7\n", "-s", "")),
		of("the names of 1,000 sources", completing(many, "shop-999\n", "-s", "")),
		of("a saved query's parameters beside 1,000 sources", completing(many, "since=", "--name", "revenue", "-p", "")),
		of("a saved query's columns beside 1,000 sources", completing(many, "region\n", "--name", "revenue", "--order-by", "")),
	}
}

// manySources returns a config with the given number of sources and one saved query.
func manySources(n int) string {
	var b strings.Builder
	b.WriteString("sources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  shop-%d: {url: 'postgres://reader@db%d.example/shop_%d', tags: [prod, 'region_%d']}\n", i, i%50, i, i%7)
	}
	b.WriteString("queries:\n  revenue: {sql: 'select region, sum(amount) as total from o where d > :since group by region', params: {since: date}}\n")
	return b.String()
}
