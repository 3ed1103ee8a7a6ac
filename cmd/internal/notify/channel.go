// Channels of the config, ready to send.

package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/sources/config"
)

// DefaultAttempt is how long an attempt to send may take if the config does not set it.
const DefaultAttempt = 10 * time.Second

// A Channel is a channel of the config that is ready to send. Only one goroutine may use it
// at a time.
type Channel struct {
	Name    string
	timeout time.Duration
	send    func(ctx context.Context, m Message) error
	// Beats says that the channel is a heartbeat, which gets no messages.
	Beats bool
	about config.Channel
}

// An Environment has what channels need from the program.
type Environment struct {
	Getenv func(string) string
	// Output gets the output of programs. It is a file, or a writer that only one goroutine
	// at a time writes to.
	Output io.Writer
	Now    func() time.Time
}

// Channels returns the channels of a config, ready to send: it looks up references, reads
// templates and finds programs. Its error joins a [config.Error] for each fault. The errors
// contain no values.
func Channels(c *config.Config, env Environment) ([]Channel, error) {
	var list []Channel
	var wrong []error
	for _, of := range c.Channels {
		ch := Channel{Name: of.Name, timeout: DefaultAttempt, about: of}
		if of.Timeout != nil {
			ch.timeout = *of.Timeout
		}
		if at, err := ch.prepare(c, env); err != nil {
			wrong = append(wrong, &config.Error{Pos: at, Text: fmt.Sprintf("notify %s: %v", of.Name, err)})
			continue
		}
		list = append(list, ch)
	}
	return list, config.InOrder(wrong...)
}

// prepare makes the function that sends. If it returns an error, it also returns its place.
func (ch *Channel) prepare(c *config.Config, env Environment) (config.Pos, error) {
	of := ch.about
	switch {
	case of.Heartbeat.Text != "":
		address, err := webAddress(of.Heartbeat, env.Getenv)
		client := newClient()
		ch.Beats, ch.send = true, func(ctx context.Context, _ Message) error { return beat(ctx, client, address) }
		return of.Heartbeat.Pos, err
	case of.Email != nil:
		return ch.mail(of, env)
	case len(of.Command) > 0:
		if _, err := exec.LookPath(of.Command[0]); err != nil {
			return of.Pos, fmt.Errorf("command: %q: %w", of.Command[0], programError(err))
		}
		ch.send = (&command{of.Command, environment(c), env.Output}).send
		return of.Pos, nil
	}
	address, err := webAddress(of.Webhook, env.Getenv)
	if err != nil {
		return of.Webhook.Pos, err
	}
	secret, err := of.Secret.Value(env.Getenv)
	if err != nil {
		return of.Secret.Pos, fmt.Errorf("secret: %w", err)
	}
	s, err := shapeOf(of)
	ch.send = (&webhook{newClient(), address, secret, s, env.Now}).send
	return of.Template.Pos, err
}

func webAddress(r config.Reference, getenv func(string) string) (string, error) {
	address, err := r.Value(getenv)
	if err != nil {
		return "", err
	}
	return address, config.WebAddress(address)
}

func (ch *Channel) mail(of config.Channel, env Environment) (config.Pos, error) {
	m := &email{to: of.Email.To, from: of.Email.From, tls: of.Email.TLS}
	for _, v := range []struct {
		ref  config.Reference
		into *string
		what string
	}{{of.Email.User, &m.user, "user"}, {of.Email.Password, &m.password, "password"}, {of.Email.Server, &m.host, "server"}} {
		value, err := v.ref.Value(env.Getenv)
		if err != nil {
			return v.ref.Pos, fmt.Errorf("email: %s: %w", v.what, err)
		}
		*v.into = value
	}
	var err error
	if m.host, m.port, err = hostAndPort(m.host); err != nil {
		return of.Email.Server.Pos, fmt.Errorf("email: server: %w", err)
	}
	if of.Template.Value != "" {
		if m.shape, err = shapeOf(of); err != nil {
			return of.Template.Pos, err
		}
	}
	ch.send = m.send
	return config.Pos{}, nil
}

// programError returns why a program is not found, without the program's name.
func programError(err error) error {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		return e.Err
	}
	return err
}

// Unmatched returns warnings, with their places, about channels that match none of the
// config's checks.
func Unmatched(c *config.Config) (warnings []string) {
	for _, ch := range c.Channels {
		for _, selector := range ch.Only {
			if !slices.ContainsFunc(c.Checks, func(check config.Check) bool { return checks.Selected(selector, check.Name, check.Tags) }) {
				warnings = append(warnings, fmt.Sprintf("%s: notify %s: only: %q is none of the config's checks", ch.Pos, ch.Name, selector))
			}
		}
	}
	return warnings
}

// Lint returns the errors in the channels of a config that can be found without looking up
// references: those in templates.
func Lint(c *config.Config) (wrong []error) {
	for _, ch := range c.Channels {
		if ch.Template.Value == "" {
			continue
		}
		if _, err := shapeOf(ch); err != nil {
			wrong = append(wrong, &config.Error{Pos: ch.Template.Pos, Text: fmt.Sprintf("notify %s: %v", ch.Name, err)})
		}
	}
	return wrong
}
