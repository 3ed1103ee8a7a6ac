// Messages passed to a program.

package notify

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/fanql/fanql/sources/config"
)

// A command gets messages on its stdin. No part of a message is in its arguments.
type command struct {
	argv   []string
	env    []string
	output io.Writer
}

func (c *command) send(ctx context.Context, m Message) error {
	body, err := m.JSON()
	if err == nil {
		env := append(c.env[:len(c.env):len(c.env)], "FANQL_ID="+m.ID, "FANQL_RUN="+m.Run, "FANQL_SUMMARY="+m.Summary)
		err = execute(ctx, c.argv, env, bytes.NewReader(body), c.output)
	}
	if err != nil {
		return &permanent{err} // the next run retries
	}
	return nil
}

// environment returns the environment for programs: the process's own without the secrets
// of the config.
func environment(c *config.Config) []string {
	return config.Environment(os.Environ(), c.Withheld())
}
