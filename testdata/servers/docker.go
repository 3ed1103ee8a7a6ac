// Servers run in containers if this machine lacks their programs.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/testdata/servers/private"
)

// engineAnswers reports whether a Docker engine answers.
func engineAnswers(ctx context.Context) bool {
	return exec.CommandContext(ctx, "docker", "info").Run() == nil
}

// A composition is the services of docker-compose.yml in the working folder. They run as a separate
// project on free ports. A project that the user runs is not affected.
type composition struct {
	services []private.Product
	password string
}

// up starts the services, waits until they are healthy, and returns the variables for COMMAND. down
// stops all services that were started, even after an error.
func (c *composition) up(ctx context.Context) ([]string, error) {
	args := []string{"up", "--detach", "--wait", "--quiet-pull"}
	for _, p := range c.services {
		args = append(args, p.Service)
	}
	say("starting %s in Docker", strings.Join(args[4:], " and "))
	if _, err := c.compose(ctx, args...); err != nil {
		return nil, err
	}
	var env []string
	for _, p := range c.services {
		address, err := c.compose(ctx, "port", p.Service, p.Port)
		if err != nil {
			return nil, err
		}
		address = strings.TrimSpace(address)
		say("%s in Docker on %s", p.Name, address)
		env = append(env, p.Env+"="+p.URL(p.Admin, c.password, address))
	}
	return env, nil
}

// down removes the containers with their data.
func (c *composition) down() {
	if _, err := c.compose(context.Background(), "down", "--volumes"); err != nil {
		say("%v", err)
	}
}

func (c *composition) compose(ctx context.Context, args ...string) (string, error) {
	project := "fanql-test-" + strconv.Itoa(os.Getpid())
	cmd := exec.CommandContext(ctx, "docker", slices.Concat([]string{"compose", "--project-name", project}, args)...)
	cmd.Env = append(os.Environ(), "FANQL_PASSWORD="+c.password,
		"FANQL_POSTGRES_PORT=0", "FANQL_MYSQL_PORT=0", "FANQL_MARIADB_PORT=0")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", errors.Join(
			fmt.Errorf("docker compose %s: %w\n%s", args[0], err, private.LastLines(problems.Bytes(), 20)), context.Cause(ctx))
	}
	return out.String(), nil
}
