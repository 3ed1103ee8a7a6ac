// The number of logins of a source.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// logins counts the logins of one source in one query.
func logins(ctx context.Context, t *target) (string, error) {
	before, err := t.finalLogins(ctx)
	if err != nil {
		return "", err
	}
	r, err := t.fanql(ctx, "query", "-q", "-s", "db="+t.url(reader), "select id from orders where id = 1")
	if err := errors.Join(err, r.want(0)); err != nil {
		return "", err
	}
	counted := t.eventually(ctx, 2*time.Second, func() bool {
		now, err := t.loginsSoFar(ctx)
		return err == nil && now.logins > before.logins
	})
	after, err := t.finalLogins(ctx)
	if !counted || err != nil {
		return "", errors.Join(errors.New("no login was counted"), err)
	}
	n, refused := after.logins-before.logins, after.refused-before.refused
	if n != 1 || refused != 0 {
		return "", fmt.Errorf("there are %d logins and %d lines with FATAL for one source", n, refused)
	}
	return "1", nil
}

// A tally has the number of logins, and of lines in the log with FATAL.
type tally struct{ logins, refused int }

// finalLogins returns loginsSoFar once it no longer changes, since some servers write their log
// late.
func (t *target) finalLogins(ctx context.Context) (last tally, err error) {
	for range 10 {
		now, err := t.loginsSoFar(ctx)
		if err != nil || now == last {
			return now, err
		}
		last = now
		t.eventually(ctx, 300*time.Millisecond, func() bool { return false })
	}
	return last, nil
}

func (t *target) loginsSoFar(ctx context.Context) (sum tally, err error) {
	if t.family.logins != "" {
		for _, db := range t.admins {
			var name string
			var n int
			if err := db.QueryRowContext(ctx, t.family.logins).Scan(&name, &n); err != nil {
				return sum, err
			}
			sum.logins += n
		}
		return sum, nil
	}
	logs, line := t.logs, "connection received"
	if t.proxy != nil && t.proxy.Product.Name != haproxy.program {
		// The servers see only logins of the pool.
		logs = []string{t.proxy.Log()}
		if line = loginLines[t.proxy.Product.Name]; line == "" {
			return sum, errAbsent
		}
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			return sum, err
		}
		sum.logins += strings.Count(string(text), line)
		sum.refused += strings.Count(string(text), "FATAL")
	}
	return sum, nil
}

// loginLines has the text that a pool logs for each login, by program.
var loginLines = map[string]string{
	"pgbouncer": "login attempt",
	"odyssey":   "accepted",
}
