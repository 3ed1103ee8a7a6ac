// Package private makes database servers for tests and runs them: data folders
// of their own, loopback, free ports, no configuration of the system read.
//
//	found, ok := private.Postgres.Find()
//	server, err := private.Begin(ctx, private.Postgres, found, dir, password)
//	defer server.Stop()
//
// The server runs from programs that are on this machine. It can be signalled,
// and started again with its data; on Linux it ends when this process does.
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

// Role is the name that the servers know their user by; it may do everything.
const Role = "fanql"

// A Product is a database server that can be run.
type Product struct {
	Name    string // as messages have it
	Env     string // where COMMAND finds its URL
	Folder  string // in the temporary folder: short, as socket paths are limited
	account string // whom it runs as when we are root; nobody if there is none
	// Extra are more arguments of the server: the last of the same name count.
	Extra    []string
	Packages []string // of apt, the best first; none where it is not to be installed
	Service  string   // in docker-compose.yml
	Port     string   // inside its container
	Admin    string   // the role in its container that may do everything

	// Find looks for its programs on this machine. Fetch, nil where there is
	// nothing to fetch, brings them into the project's cache.
	Find  func() (Programs, bool)
	Fetch func(context.Context) (Programs, error)
	// URL is what COMMAND is given; Open looks whether the server answers.
	URL     func(user, password, address string) string
	Open    func(url string) (*sql.DB, error)
	version string // the query that gives product and version
}

// Products are all of them, in the order in which they are named.
var Products = []Product{Postgres, MySQL, MariaDB}

// Programs are those of one installed server.
type Programs interface {
	// recipe makes them run in a folder, for a role with the password.
	recipe(dir, password string) recipe
	// tree is the folder that they were fetched into, empty where they are
	// installed; in gives the same ones in a copy of it.
	tree() string
	in(tree string) Programs
}

// A recipe is how a server is made to run privately in a folder that it owns.
type recipe struct {
	files  map[string]string                // written into the folder first
	config func(port int) map[string]string // written before each start; may be nil
	create []string                         // makes the data folder; may be empty
	serve  func(port int) []string
	// quit ends the server at once. Nobody wants its data any more.
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
