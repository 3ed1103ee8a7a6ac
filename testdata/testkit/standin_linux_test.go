package testkit_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/testdata/testkit"
)

func standIn(t *testing.T) *testkit.StandIn {
	t.Helper()
	var s *testkit.StandIn
	t.Cleanup(func() { // after it has stopped
		if connections, statements := s.Left(); connections != 0 || statements != 0 {
			t.Errorf("%d connections and %d statements are left", connections, statements)
		}
	})
	s = testkit.StandInFor(t, testkit.Stand)
	return s
}

func connect(t *testing.T, s *testkit.StandIn, change func(*pgconn.Config)) *pgconn.PgConn {
	t.Helper()
	c, err := pgconn.ParseConfig(s.URLs(testkit.Healthy, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	conn, err := pgconn.ConnectConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// drip writes each byte separately.
type drip struct{ net.Conn }

func (d drip) Write(b []byte) (int, error) {
	for i := range b {
		if _, err := d.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}

func TestTheStandInReadsMessagesInPieces(t *testing.T) {
	conn := connect(t, standIn(t), func(c *pgconn.Config) {
		c.RuntimeParams["timezone"] = "Asia/Tokyo"
		c.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return drip{conn}, err
		}
	})
	defer conn.Close(t.Context())
	if zone := conn.ParameterStatus("TimeZone"); zone != "Asia/Tokyo" {
		t.Errorf("the zone is %q", zone)
	}
	for format, want := range map[int16]string{pgproto3.TextFormat: "1", pgproto3.BinaryFormat: "\x00\x00\x00\x01"} {
		got := conn.ExecParams(t.Context(), "select 1 as one", nil, nil, nil, []int16{format}).Read()
		if got.Err != nil || len(got.Rows) != 1 || string(got.Rows[0][0]) != want || got.FieldDescriptions[0].Format != format {
			t.Errorf("%q, %v", got.Rows, got.Err)
		}
	}
	all, err := conn.Exec(t.Context(), "select 1 as one").ReadAll()
	if err != nil || len(all) != 1 || string(all[0].Rows[0][0]) != "1" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestTheStandInAnswersAPipelineInOrder(t *testing.T) {
	conn := connect(t, standIn(t), nil)
	defer conn.Close(t.Context())
	begun := time.Now()
	line := conn.StartPipeline(t.Context())
	for _, sql := range []string{"begin", "select pg_sleep(0.05)", "select pg_sleep(0.05)", "rollback"} {
		line.SendQueryParams(sql, nil, nil, nil, nil)
	}
	if err := line.Sync(); err != nil {
		t.Fatal(err)
	}
	var tags []string
	for {
		answer, err := line.GetResults()
		if err != nil {
			t.Fatal(err)
		}
		rows, is := answer.(*pgconn.ResultReader)
		if !is {
			break
		}
		tag, err := rows.Close()
		if err != nil {
			t.Fatal(err)
		}
		tags = append(tags, tag.String())
	}
	if got := strings.Join(tags, ", "); got != "BEGIN, SELECT 1, SELECT 1, ROLLBACK" || conn.TxStatus() != 'I' || time.Since(begun) < 100*time.Millisecond {
		t.Errorf("%s after %v", got, time.Since(begun))
	}
	if err := line.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheStandInEndsStatements(t *testing.T) {
	sleeps := func(s *testkit.StandIn, n int) func() bool {
		return func() bool {
			_, statements := s.Left()
			return statements == n
		}
	}
	const most = 10 * time.Second
	t.Run("when it is told to", func(t *testing.T) {
		s := standIn(t)
		conn := connect(t, s, nil)
		defer conn.Close(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- conn.ExecParams(t.Context(), "select pg_sleep(60)", nil, nil, nil, nil).Read().Err }()
		testkit.Eventually(t, most, "it sleeps", sleeps(s, 1))
		if err := s.Wake(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := conn.ExecParams(t.Context(), "select pg_sleep(60)", nil, nil, nil, nil).Read(); got.Err != nil {
			t.Error(got.Err)
		}
	})
	t.Run("by a request", func(t *testing.T) {
		s := standIn(t)
		conn := connect(t, s, nil)
		defer conn.Close(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- conn.ExecParams(t.Context(), "select pg_sleep(60)", nil, nil, nil, nil).Read().Err }()
		testkit.Eventually(t, most, "it sleeps", sleeps(s, 1))
		if err := conn.CancelRequest(t.Context()); err != nil {
			t.Error(err)
		}
		server := new(pgconn.PgError)
		if err := <-ended; !errors.As(err, &server) || server.Code != "57014" {
			t.Error(err)
		}
		if got := conn.ExecParams(t.Context(), "select 1", nil, nil, nil, nil).Read(); got.Err != nil {
			t.Errorf("the session does not continue: %v", got.Err)
		}
	})
	for name, checks := range map[string]bool{"of a client that has left, if it checks": true, "else only in the end": false} {
		t.Run(name, func(t *testing.T) {
			s := standIn(t)
			conn := connect(t, s, nil)
			line := conn.StartPipeline(t.Context())
			if checks {
				line.SendQueryParams("select set_config('client_connection_check_interval', '500', true)", nil, nil, nil, nil)
			}
			line.SendQueryParams("select pg_sleep(1.2)", nil, nil, nil, nil)
			begun := time.Now()
			if err := line.Sync(); err != nil {
				t.Fatal(err)
			}
			testkit.Eventually(t, most, "it sleeps", sleeps(s, 1))
			if err := conn.Conn().Close(); err != nil {
				t.Fatal(err)
			}
			testkit.Eventually(t, most, "it has ended", func() bool {
				connections, statements := s.Left()
				return connections == 0 && statements == 0
			})
			if took := time.Since(begun); checks && took < 400*time.Millisecond || !checks && took < 1200*time.Millisecond {
				t.Errorf("the statement ended after %v", took)
			}
		})
	}
}
