// Cancelled queries must really end on their server.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// deadline runs a statement that sleeps and one that computes. Both take longer than fanql's
// deadline. It checks that they end on the server.
func deadline(ctx context.Context, t *target) (string, error) {
	return t.cancelled(ctx, func(*started) error { return nil }, 3*time.Second, 1)
}

// interrupted does the same with SIGINT instead of the deadline.
func interrupted(ctx context.Context, t *target) (string, error) {
	return t.cancelled(ctx, (*started).interrupt, time.Minute, 130)
}

func (t *target) cancelled(ctx context.Context, end func(*started) error, timeout time.Duration, status int) (string, error) {
	var said []string
	for _, query := range []string{t.family.asleep, t.family.busy} {
		mark := "mark" + rand.Text()
		path := filepath.Join(t.dir, "report.json")
		s, err := t.start(ctx, "query", "-q", "--timeout", timeout.String(), "--connect-timeout", "0", "--report", path, "-s", "db="+t.url(reader), fmt.Sprintf(query, mark))
		if err != nil {
			return "", err
		}
		seen := t.eventually(ctx, min(timeout, 20*time.Second), func() bool { n, err := t.running(ctx, mark); return err == nil && n > 0 })
		err = end(s)
		r := s.wait()
		if !seen {
			return "", errors.Join(fmt.Errorf("the query was not seen on the server: %s", r.stderr), err)
		}
		if err := errors.Join(err, r.want(status)); err != nil {
			return "", err
		}
		gone := t.eventually(ctx, 2*time.Second, func() bool { n, err := t.running(ctx, mark); return err == nil && n == 0 })
		rep, err := readReport(path)
		if err != nil {
			return "", err
		}
		cancel := "unknown"
		if len(rep.Sources) == 1 && rep.Sources[0].Cancel != nil {
			cancel = *rep.Sources[0].Cancel
		}
		if !gone {
			return "", fmt.Errorf("the query runs on 2 s later: %.60s (cancel %s)", query, cancel)
		}
		if cancel != "confirmed" && !slices.Contains(said, cancel) {
			said = append(said, cancel)
		}
	}
	if len(said) > 0 {
		return "ok, cancel " + strings.Join(said, ", "), nil
	}
	return "", nil
}

// running counts the statements with a mark on all servers.
func (t *target) running(ctx context.Context, mark string) (int, error) {
	return t.count(ctx, fmt.Sprintf(t.family.running, mark))
}
