// One private server is created, started, waited for and stopped.
package private

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// errEnded means that the server ended before it answered.
var errEnded = errors.New("it ended before it answered")

// attempts is the number of ports to try. startTimeout is the limit from the creation of the data
// folder until the server answers.
const (
	attempts     = 3
	startTimeout = 2 * time.Minute
)

// An Instance is a running server.
type Instance struct {
	*Child
	Product Product
	URL     string // with a role that has all rights

	port int
	log  string
	dir  string
	argv []string
	who  *syscall.Credential
	quit syscall.Signal
}

// Begin creates the folder dir and a server in it, and waits until the server answers at its URL.
// The caller must stop the instance unless it is nil, even if there is an error.
func Begin(ctx context.Context, p Product, found Programs, dir, password string) (*Instance, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no answer within %v", startTimeout))
	defer cancel()
	who, err := account(p.account, "nobody")
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if found, err = reachable(found, filepath.Join(dir, "programs"), who); err != nil {
		return nil, err
	}
	r := found.recipe(dir, password)
	if err := furnish(dir, r.files, who); err != nil {
		return nil, err
	}
	log := filepath.Join(dir, "log")
	if len(r.create) > 0 {
		if err := create(ctx, r.create, dir, log, who); err != nil {
			return nil, fmt.Errorf("creating its data folder: %w\n%s", err, tail(log, 20))
		}
	}
	for attempt := 1; ; attempt++ {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		if r.config != nil {
			if err := furnish(dir, r.config(port), who); err != nil {
				return nil, err
			}
		}
		i := &Instance{
			Product: p, port: port, log: log, dir: dir, argv: append(r.serve(port), p.Extra...), who: who, quit: r.quit,
		}
		i.URL = p.URL(Role, password, i.Address())
		if i.Child, err = spawn(i.argv, dir, log, who); err != nil {
			return nil, err
		}
		err = i.answer(ctx)
		if err == nil {
			return i, nil
		}
		if !errors.Is(err, errEnded) || attempt == attempts {
			return i, fmt.Errorf("%w\n%s", err, i.LastWords())
		}
	}
}

// Restart waits until the server has ended. It starts the server again in the same folder and with
// its data, and waits until it answers.
func (i *Instance) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no answer within %v", startTimeout))
	defer cancel()
	select {
	case <-i.Ended:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c, err := spawn(i.argv, i.dir, i.log, i.who)
	if err != nil {
		return err
	}
	i.Child = c
	return i.answer(ctx)
}

// furnish writes the files, and makes the account the owner of the server's folder.
func furnish(dir string, files map[string]string, who *syscall.Credential) error {
	owned := []string{dir}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		owned = append(owned, path)
	}
	if who == nil {
		return nil
	}
	for _, path := range owned {
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			return err
		}
	}
	return nil
}

// create runs the program that creates the data folder. If it is cancelled, it still waits for the
// program: it takes a second, and initdb would leave shared memory otherwise.
func create(ctx context.Context, argv []string, dir, log string, who *syscall.Credential) error {
	c, err := spawn(argv, dir, log, who)
	if err != nil {
		return err
	}
	select {
	case <-c.Ended:
		return c.Err
	case <-ctx.Done():
		c.Stop(noSignal)
		return context.Cause(ctx)
	}
}

// answer waits until the server answers a query.
func (i *Instance) answer(ctx context.Context) (err error) {
	db, err := i.Product.Open(i.URL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	restarted := time.NewTicker(20 * time.Millisecond)
	defer restarted.Stop()
	for {
		if db.PingContext(ctx) == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-i.Ended:
			return errEnded
		case <-restarted.C:
		}
	}
}

// Address returns host:port of the server.
func (i *Instance) Address() string { return "127.0.0.1:" + strconv.Itoa(i.port) }

// Version returns the server's product and version.
func (i *Instance) Version(ctx context.Context) (version string, err error) {
	db, err := i.Product.Open(i.URL)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, i.Product.version).Scan(&version)
	return version, err
}

// Stop ends the server at once.
func (i *Instance) Stop() { i.Child.Stop(i.quit) }

// Log returns the path of the server's output.
func (i *Instance) Log() string { return i.log }

// LastWords returns the end of the server's log.
func (i *Instance) LastWords() string { return tail(i.log, 20) }
