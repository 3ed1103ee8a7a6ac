// Command servers runs a command with private database servers for the tests:
//
//	go run ./testdata/servers COMMAND [ARGUMENT...]
//
// It starts its own PostgreSQL, MySQL and MariaDB, with data folders in a temporary folder, on
// loopback and free ports. They read no configuration of the system. COMMAND gets their URLs in
// FANQL_TEST_POSTGRES, FANQL_TEST_MYSQL and FANQL_TEST_MARIADB, with a role that has all rights. It
// also gets FANQL_REQUIRE_SERVERS=1: with it, tests fail instead of being skipped without a server.
// If the variable of a server is already set, it names a server of the user's, and none is started.
//
// The programs are searched in PATH and in the folders of packages. On Debian and Ubuntu, missing
// ones are installed with apt-get (as root, or with sudo -n), as are the clients and the browser
// that tests use. On other systems a Docker engine, if it answers, runs the servers from
// docker-compose.yml. MySQL is never installed, since Debian's releases lack it. Without an engine
// it is unpacked once from Debian's unstable suite into .cache of the project (Linux on amd64; see
// package fetch).
//
// The exit status is COMMAND's. Servers and folders are removed afterwards, also if COMMAND fails
// or if SIGINT, SIGTERM or SIGHUP arrive. These signals are passed on to COMMAND. On Linux a
// SIGKILL of this program ends the servers, too, but leaves the folder and containers. It runs on
// Linux, macOS and other Unix systems.
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

// exitSelf is the status if no server could be started, or if COMMAND could not be run. exitUsage
// is the status if there is no COMMAND.
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

// serve runs the command while the servers run. It forwards signals to the command, and returns its
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

// start starts the servers that the environment does not name, at the same time. The caller must
// stop the fleet even after an error.
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
			say("%v", err) // tests that compare with a client report what they lack
		case installed:
			here, missing = look(wanted)
		}
	}
	// Only make test needs a browser, which is large.
	if browser := missingBrowser(); len(browser) > 0 && os.Getenv("FANQL_TEST_BROWSER") == "install" {
		if _, err := install(ctx, nil, browser); err != nil {
			say("%v", err) // the test of pages is skipped then
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
