// More sources than a real server accepts connections.

package main

import (
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

// All sources answer. Refused connections do not count as attempts, and one warning has the number
// of connections that the server accepted.
func TestAServerThatTakesFewConnections(t *testing.T) {
	t.Parallel()
	const sources = 40
	as := func(t *testing.T, raw, user string) string {
		u := mustParse(t, raw)
		u.User = url.UserPassword(user, "x")
		return u.String()
	}
	asked := func(t *testing.T, source, query string) {
		args := []string{"query", "--csv", "--no-header", "--no-source-column", query}
		for i := range sources {
			args = append(args, "-s", fmt.Sprintf("s%d=%s", i, source))
		}
		cmd := exec.CommandContext(t.Context(), plainProgram(t), args...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if status := exitStatus(t, err); status != 0 || strings.Count(string(out), "\n") != sources {
			t.Errorf("exit status %d, %d rows", status, strings.Count(string(out), "\n"))
		}
		text := stderr.String()
		if strings.Count(text, "connections at once, and 40 sources took turns: per_server: ") != 1 || strings.Contains(text, "attempts") {
			t.Errorf("stderr:\n%s", text)
		}
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		db := testdb.Postgres(t)
		role := "crowd_" + strings.TrimPrefix(mustParse(t, db.URL).Path, "/fanql_")
		db.Exec(t, "create role "+role+" login password 'x' connection limit 5")
		t.Cleanup(func() { db.Exec(t, "drop role "+role) })
		asked(t, as(t, db.URL, role), "select 1 from pg_sleep(0.3)")
	})
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		user := "crowd_" + strings.TrimPrefix(mustParse(t, db.URL).Path, "/fanql_")
		db.Exec(t, "create user "+user+" identified by 'x' with max_user_connections 5", "grant select on *.* to "+user)
		t.Cleanup(func() { db.Exec(t, "drop user "+user) })
		asked(t, as(t, db.URL, user), "select sleep(0.3)")
	})
}

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
