// Command servers runs a command with private database servers for the tests:
//
//	go run ./testdata/servers COMMAND [ARGUMENT...]
//
// It starts a PostgreSQL, a MySQL and a MariaDB of its own: data folders in a
// temporary folder, loopback, free ports, no configuration of the system read.
// COMMAND finds them in FANQL_TEST_POSTGRES, FANQL_TEST_MYSQL and
// FANQL_TEST_MARIADB, the URLs of a role that may do everything, and
// FANQL_REQUIRE_SERVERS=1, by which a test fails that would skip without a server.
// A server whose variable is already set is taken to be the user's own, and none
// is started.
//
// The programs come from PATH and the places where packages put them; on Debian
// and Ubuntu missing ones are installed with apt-get (as root, or with sudo -n), as
// are the clients and the browser that tests use; else a Docker engine that answers
// runs the servers from docker-compose.yml. MySQL, which Debian's releases do not
// have, is never installed: without an engine it is unpacked from Debian's unstable
// suite into .cache of the project, once (Linux on amd64; see package fetch).
//
// The exit status is COMMAND's. Servers and folders are gone afterwards, also
// when COMMAND fails or SIGINT, SIGTERM or SIGHUP arrive; those are passed on to
// COMMAND. On Linux a SIGKILL of this program ends the servers too, but the
// folder, and containers, stay. It runs on Linux, macOS and other Unix systems.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/fanql/fanql/testdata/servers/private"
)

// exitSelf is the status if no server could be started or COMMAND could not be run;
// exitUsage if there is no COMMAND.
const (
	exitSelf  = 1
	exitUsage = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(command []string) int {
	if len(command) == 0 {
		say("usage: go run ./testdata/servers COMMAND [ARGUMENT...]")
		return exitUsage
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var (
		all   fleet
		err   error
		ready = make(chan struct{})
	)
	go func() {
		defer close(ready)
		all, err = start(ctx)
	}()
	var got os.Signal
	select {
	case <-ready:
	case got = <-signals:
		cancel()
		<-ready
	}
	defer all.stop()
	switch {
	case got != nil:
		return 128 + int(got.(syscall.Signal))
	case err != nil:
		say("%v", err)
		return exitSelf
	}
	return serve(command, all, signals)
}

// serve runs the command while the servers run, forwards signals to it, and returns its
// exit status.
func serve(command []string, all fleet, signals <-chan os.Signal) int {
	c, err := begin(command, append(os.Environ(), all.environment()...))
	if err != nil {
		say("%v", err)
		return exitSelf
	}
	for {
		select {
		case sig := <-signals:
			c.pass(sig.(syscall.Signal))
		case <-c.Ended:
			all.obituary()
			return c.status()
		}
	}
}

// start starts the servers that the environment does not name, all at once. The caller
// must stop the fleet even after an error.
func start(ctx context.Context) (fleet, error) {
	var wanted []private.Product
	for _, p := range private.Products {
		if os.Getenv(p.Env) == "" {
			wanted = append(wanted, p)
		}
	}
	here, missing := look(wanted)
	packaged := slices.DeleteFunc(slices.Clone(missing), func(p private.Product) bool { return len(p.Packages) == 0 })
	if clients := missingClients(); len(packaged) > 0 || len(clients) > 0 {
		installed, err := install(ctx, packaged, clients)
		switch {
		case err != nil && len(packaged) > 0:
			return fleet{}, err
		case err != nil:
			say("%v", err) // tests that compare with a client will say what they lack
		case installed:
			here, missing = look(wanted)
		}
	}
	// For make test alone: a browser is large, and no other use of the servers has one.
	if browser := missingBrowser(); len(browser) > 0 && os.Getenv("FANQL_TEST_BROWSER") == "install" {
		if _, err := install(ctx, nil, browser); err != nil {
			say("%v", err) // the test that wants it will skip
		}
	}
	if len(missing) > 0 && !engineAnswers(ctx) {
		var err error
		if missing, err = fetch(ctx, here, missing); len(missing) > 0 {
			return fleet{}, errors.New(advice(missing, err))
		}
	}
	return launch(ctx, here, missing)
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "servers: "+format+"\n", args...) }
