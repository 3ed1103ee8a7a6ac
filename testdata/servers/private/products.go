// Package private creates and runs database servers for tests, with data folders of
// their own, on loopback and free ports. They read no configuration of the system.
//
//	found, ok := private.Postgres.Find()
//	server, err := private.Begin(ctx, private.Postgres, found, dir, password)
//	defer server.Stop()
//
// The server runs from programs on this machine. It can be signalled, and restarted
// with its data; on Linux it ends when this process does.
package private

import (
	"cmp"
	"context"
	"database/sql"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
)

// Role is the user's name on the servers; it may do everything.
const Role = "fanql"

// A Product is a database server that can be run.
type Product struct {
	Name    string // as messages have it
	Env     string // where COMMAND finds its URL
	Folder  string // in the temporary folder: short, as socket paths are limited
	account string // the account that it runs as if we are root; nobody if there is none
	// Extra are further arguments of the server: of several with the same name the last
	// one counts.
	Extra    []string
	Packages []string // of apt, the best first; none if it must not be installed
	Service  string   // in docker-compose.yml
	Port     string   // inside its container
	Admin    string   // the role in its container that may do everything

	// Find finds its programs on this machine. Fetch, nil if there is nothing to fetch,
	// fetches them into the project's cache.
	Find  func() (Programs, bool)
	Fetch func(context.Context) (Programs, error)
	// URL returns COMMAND's URL; Open checks whether the server answers.
	URL     func(user, password, address string) string
	Open    func(url string) (*sql.DB, error)
	version string // the query for product and version
}

// Products are all products, in the order in which they are named.
var Products = []Product{Postgres, MySQL, MariaDB}

// Programs are those of one installed server.
type Programs interface {
	// recipe says how to run them in a folder, with a password for the role.
	recipe(dir, password string) recipe
	// tree returns the folder that they were fetched into, or an empty string if they
	// are installed; in returns the same programs in a copy of it.
	tree() string
	in(tree string) Programs
}

// A recipe says how to run a server privately in a folder that it owns.
type recipe struct {
	files  map[string]string                // written into the folder first
	config func(port int) map[string]string // written before each start; may be nil
	create []string                         // creates the data folder; may be empty
	serve  func(port int) []string
	// quit ends the server at once. Its data is no longer needed.
	quit syscall.Signal
}

// program returns the path of the first of the names that is in PATH or in one of
// the folders.
func program(folders []string, names ...string) (string, bool) {
	for path := range programs(folders, names...) {
		return path, true
	}
	return "", false
}

// programs returns all paths of the names, in the order of program.
func programs(folders []string, names ...string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range names {
			if path, err := exec.LookPath(name); err == nil {
				if path, err = filepath.Abs(path); err == nil && !yield(path) {
					return
				}
			}
			for _, dir := range folders {
				if path := filepath.Join(dir, name); executable(path) && !yield(path) {
					return
				}
			}
		}
	}
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// newestFirst returns the folders that the patterns match, those with the highest
// version in their path first.
func newestFirst(patterns ...string) []string {
	var found []string
	for _, p := range patterns {
		dirs, _ := filepath.Glob(p) // the only error is a bad pattern
		found = append(found, dirs...)
	}
	digits := regexp.MustCompile(`\d+`)
	version := func(dir string) int {
		n, _ := strconv.Atoi(digits.FindString(dir)) // 0 without one
		return n
	}
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return found
}
