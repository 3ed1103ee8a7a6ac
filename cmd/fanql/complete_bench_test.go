// The processor time of a completion, compared with that of a program that does nothing. The
// difference is what a shell waits for, without the time to start a process.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func BenchmarkCompletion(b *testing.B) {
	dir := b.TempDir()
	var large strings.Builder
	large.WriteString("sources:\n")
	for i := range 1000 {
		fmt.Fprintf(&large, "  shop-%d: {url: 'postgres://reader@db%d.example/shop_%d', tags: [prod, 'region_%d']}\n", i, i%50, i, i%7)
	}
	large.WriteString("queries:\n  revenue: {sql: 'select region, sum(amount) as total from o where d > :since group by region', params: {since: date}}\n")
	for name, text := range map[string]string{
		"large.yaml": large.String(), "empty.go": "package main\n\nfunc main() {}\n",
		"small.yaml": "sources: {eu: sqlite:eu.db}\nqueries: {revenue: {sql: 'select region from o', params: {since: date}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	build := exec.CommandContext(b.Context(), "go", "build", "-o", "empty", "empty.go")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	fanql := plainProgram(b)
	for _, c := range []struct {
		name string
		argv []string
	}{
		{"an empty program", []string{filepath.Join(dir, "empty")}},
		{"a flag", []string{fanql, "__complete", "query", "--or"}},
		{"names", []string{fanql, "__complete", "query", "--config", "small.yaml", "-s", ""}},
		{"parameters", []string{fanql, "__complete", "query", "--config", "small.yaml", "--name", "revenue", "-p", ""}},
		{"names of 1000", []string{fanql, "__complete", "query", "--config", "large.yaml", "-s", ""}},
		{"columns beside 1000", []string{fanql, "__complete", "query", "--config", "large.yaml", "--name", "revenue", "--order-by", ""}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var used time.Duration
			for range b.N {
				cmd := exec.CommandContext(b.Context(), c.argv[0], c.argv[1:]...)
				cmd.Dir = dir
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			}
			b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}
