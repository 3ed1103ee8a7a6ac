// The required servers: which are installed, and what to do about the missing ones.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/fanql/fanql/testdata/servers/private"
)

// look separates the products whose programs are on this machine from the missing ones.
func look(wanted []private.Product) (here map[string]private.Programs, missing []private.Product) {
	here = map[string]private.Programs{}
	for _, p := range wanted {
		if found, ok := p.Find(); ok {
			here[p.Name] = found
		} else {
			missing = append(missing, p)
		}
	}
	return here, missing
}

// fetch fetches as many of the missing products as it can, and adds them to here. It returns the
// products that are still missing, and the reason why the last of them could not be fetched.
func fetch(ctx context.Context, here map[string]private.Programs, missing []private.Product) (left []private.Product, err error) {
	for _, p := range missing {
		if p.Fetch == nil {
			left = append(left, p)
			continue
		}
		say("fetching %s, once: it is not installed", p.Name)
		begun := time.Now()
		found, failure := p.Fetch(ctx)
		if failure != nil {
			left, err = append(left, p), failure
			continue
		}
		here[p.Name] = found
		say("%s fetched (%.1f s)", p.Name, time.Since(begun).Seconds())
	}
	return left, err
}

// advice returns what the user can do about missing servers. fetched is the reason why one of them
// could not be fetched, or nil.
func advice(missing []private.Product, fetched error) string {
	var names, packages []string
	for _, p := range missing {
		names = append(names, p.Name)
		if len(p.Packages) > 0 {
			packages = append(packages, p.Packages[0])
		}
	}
	var lines strings.Builder
	fmt.Fprintf(&lines, "no %s on this machine, and no Docker engine answers.\n", strings.Join(names, " and no "))
	if len(packages) > 0 {
		fmt.Fprintf(&lines, "  Debian, Ubuntu:  sudo apt-get install %s\n", strings.Join(packages, " "))
	}
	if fetched != nil {
		fmt.Fprintf(&lines, "  fetching it:     %v\n", fetched)
	}
	lines.WriteString("  macOS:           brew install postgresql mariadb mysql (linked or not)\n" +
		"  or start Docker, or name servers of your own in FANQL_TEST_POSTGRES, FANQL_TEST_MYSQL and FANQL_TEST_MARIADB:\n" +
		"  postgres://user:password@host:5432/postgres and mysql://user:password@host:3306/, roles that may create databases")
	return lines.String()
}
