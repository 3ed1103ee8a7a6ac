// The checks of each target.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A check returns a detail for the table, and an error if a target fails it.
type check struct {
	name    string
	run     func(context.Context, *target) (detail string, err error)
	timeout time.Duration // it is set if it is more than cellTimeout
}

// checks are the columns of the table, in order. The check for connections that are left is the
// last one that connects.
var checks = []check{
	{name: "ping", run: ping},
	{name: "types", run: types},
	{name: "export", run: export},
	{name: "load", run: loads},
	{name: "deadline", run: deadline},
	{name: "SIGINT", run: interrupted},
	{name: "read-only", run: readOnly},
	{name: "server's limit", run: serversLimit},
	{name: "logins", run: logins},
	{name: "200 sources", run: crowd},
	{name: "left over", run: leftOver},
	{name: "cases", run: cases, timeout: 10 * time.Minute},
}

func ping(ctx context.Context, t *target) (string, error) {
	r, err := t.fanql(ctx, "sources", "ping", "-s", "db="+t.url(reader))
	return "", errors.Join(err, r.want(0))
}

// types compares each value with its expected text. The settings of the account must not change the
// text.
func types(ctx context.Context, t *target) (string, error) {
	var problems []error
	for _, account := range []string{reader, bent} {
		r, err := t.fanql(ctx, "query", "-q", "--csv", "--no-source-column", "--no-header", "--null", null, "-s", "db="+t.url(account), "select * from types")
		if err := errors.Join(err, r.want(0)); err != nil {
			return "", err
		}
		rows, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != len(t.family.types) {
			return "", fmt.Errorf("it printed %q: %w", r.stdout, err)
		}
		for i, v := range t.family.types {
			if got := rows[0][i]; got != v.want {
				problems = append(problems, fmt.Errorf("%s %s is %q, not %q (account %s)", v.column, v.literal, got, v.want, account))
			}
		}
	}
	return "", errors.Join(problems...)
}

// export compares the output of fanql with that of the server's client by checksum.
func export(ctx context.Context, t *target) (string, error) {
	args := append([]string{"query", "-q", "--no-source-column", "-s", "db=" + t.url(reader)}, t.family.flags...)
	r, err := t.fanql(ctx, append(args, t.family.export)...)
	if err := errors.Join(err, r.want(0)); err != nil {
		return "", err
	}
	client, env := t.family.native(t, t.family.export)
	cmd := exec.CommandContext(ctx, t.client, client...)
	cmd.Env = append(environment(t.dir), env...)
	native, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Base(t.client), err)
	}
	if lines := strings.Count(r.stdout, "\n"); lines != orders+1 {
		return "", fmt.Errorf("it printed %d lines", lines)
	}
	if sha256.Sum256([]byte(r.stdout)) != sha256.Sum256(native) {
		return "", fmt.Errorf("it differs from that of %s, first in %s", filepath.Base(t.client), firstDifference(r.stdout, string(native)))
	}
	return "", nil
}

// loads replaces the rows of tables by the rows of other tables of the server, and compares both
// tables. It does not apply if connections alternate between several servers, since each server has
// its own tables.
func loads(ctx context.Context, t *target) (string, error) {
	if len(t.admins) > 1 {
		return "", errAbsent
	}
	db := "db=" + t.url(reader)
	for _, table := range []string{"types", "orders"} {
		for range 2 { // the second load deletes rows
			r, err := t.fanql(ctx, "load", "-q", "--no-source-column", "-s", db, "--to", db, "--table", "loaded_"+table, "--replace", "select * from "+table)
			if strings.Contains(r.stderr, "the server is a standby, which only reads") && r.status == 1 {
				return "refused", err
			}
			if err := errors.Join(err, r.want(0)); err != nil {
				return "", err
			}
		}
		var texts []string
		for _, name := range []string{table, "loaded_" + table} {
			r, err := t.fanql(ctx, "query", "-q", "--csv", "--no-source-column", "--no-header", "--null", null, "-s", db, "select * from "+name+" order by 1")
			if err := errors.Join(err, r.want(0)); err != nil {
				return "", err
			}
			texts = append(texts, r.stdout)
		}
		if texts[0] != texts[1] {
			return "", fmt.Errorf("the rows that are read back from table %s differ in %s", table, firstDifference(texts[0], texts[1]))
		}
	}
	return "", nil
}

// firstDifference returns the first line in which two texts differ, from both texts.
func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d: %q and %q", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("their length: %d and %d lines", len(as), len(bs))
}

// count returns the sum of the results of all servers.
func (t *target) count(ctx context.Context, query string) (sum int, err error) {
	for _, db := range t.admins {
		var n int
		if err := db.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// eventually polls a condition until it holds or the timeout has passed, and reports whether it
// held.
func (t *target) eventually(ctx context.Context, timeout time.Duration, so func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	second := time.NewTicker(20 * time.Millisecond)
	defer second.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return false
		case <-second.C:
		}
	}
	return true
}

// readOnly calls a function that writes. The account has the right to do that.
func readOnly(ctx context.Context, t *target) (string, error) {
	r, err := t.fanql(ctx, "query", "-q", "-s", "db="+t.url(reader), "select writes()")
	if err := errors.Join(err, r.want(1)); err != nil {
		return "", err
	}
	if n, err := t.count(ctx, "select count(*) from written"); err != nil || n != 0 {
		return "", errors.Join(fmt.Errorf("%d rows were written", n), err)
	}
	if text := strings.ToLower(r.stderr); !strings.Contains(text, "read-only") && !strings.Contains(text, "read only") {
		return "", fmt.Errorf("it failed for another reason: %s", r.stderr)
	}
	return "", nil
}

// serversLimit checks that a statement ends at the server's own limit, which is shorter than
// fanql's.
func serversLimit(ctx context.Context, t *target) (_ string, err error) {
	if err := t.execute(ctx, t.family.limit); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, t.execute(ctx, t.family.unlimit)) }()
	r, err := t.fanql(ctx, "query", "-q", "--timeout", "20s", "-s", "db="+t.url(limited), fmt.Sprintf(t.family.asleep, "limit"))
	if err := errors.Join(err, r.want(1)); err != nil {
		return "", err
	}
	if r.took > 10*time.Second {
		return "", fmt.Errorf("it took %.1f s: the server's limit of 0.7 s did not hold", r.took.Seconds())
	}
	return "", nil
}

func (t *target) execute(ctx context.Context, statements []string) error {
	for _, db := range t.admins {
		for _, s := range statements {
			if _, err := db.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
	}
	return nil
}

// leftOver finds connections that fanql has not closed. If there is a pool, its connections belong
// to it, and must be idle.
func leftOver(ctx context.Context, t *target) (string, error) {
	query := t.family.ours
	if t.proxy != nil && t.proxy.Product.Name != haproxy.program {
		query = t.family.midst
	}
	var n int
	var err error
	if !t.eventually(ctx, 10*time.Second, func() bool { n, err = t.count(ctx, query); return err == nil && n == 0 }) {
		return "", errors.Join(fmt.Errorf("%d connections are left", n), err)
	}
	return "", nil
}
