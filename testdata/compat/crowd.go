// More sources than the number of connections that the server accepts.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// sources is the number of sources in a crowd.
const sources = 200

// address matches the address before the error of a connection. The address varies.
var address = regexp.MustCompile(`^[0-9.]+:[0-9]+: `)

// crowd queries a server that accepts fewer connections than there are sources. The
// sources in the result and those reported as missing must add up.
func crowd(ctx context.Context, t *target) (string, error) {
	if err := t.execute(ctx, t.family.crowd); err != nil {
		return "", err
	}
	var config strings.Builder
	config.WriteString("sources:\n")
	for i := range sources {
		fmt.Fprintf(&config, "  s%03d: %q\n", i, t.url(reader))
	}
	path, reportPath := filepath.Join(t.dir, "crowd.yaml"), filepath.Join(t.dir, "crowd.json")
	if err := os.WriteFile(path, []byte(config.String()), 0o600); err != nil {
		return "", err
	}
	r, err := t.fanql(ctx, "query", "-q", "--csv", "--no-header", "--timeout", "30s", "--connect-timeout", "0", "--config", path, "--report", reportPath,
		"select count(*) as n from orders where id <= 10")
	if err != nil {
		return "", err
	}
	rep, err := readReport(reportPath)
	if err != nil {
		return "", err
	}
	return crowded(r, rep)
}

// crowded checks the result of a run with a crowd.
func crowded(r outcome, rep report) (string, error) {
	answered, all := rep.Counts["ok"], 0
	for _, n := range rep.Counts {
		all += n
	}
	status := map[bool]int{true: 0, false: 3}[answered == sources]
	if answered == 0 {
		status = 1
	}
	rows := 0
	for line := range strings.Lines(r.stdout) {
		if !strings.HasSuffix(line, ",10\n") {
			return "", fmt.Errorf("a row is wrong: %q", line)
		}
		rows++
	}
	if all != sources || rows != answered || r.status != status {
		return "", fmt.Errorf("%d of %d sources are ok, the states add up to %d, there are %d rows, and the exit status is %d", answered, sources, all, rows, r.status)
	}
	if answered == sources {
		return "", nil
	}
	var why []string
	for _, s := range rep.Sources {
		if e := s.Error; e != nil {
			if reason := cmp.Or(e.Code, fmt.Sprintf("%.40s", address.ReplaceAllString(e.Text, ""))); !slices.Contains(why, reason) {
				why = append(why, reason)
			}
		}
	}
	return fmt.Sprintf("%d, rest reported (%s)", answered, strings.Join(why, ", ")), nil
}
