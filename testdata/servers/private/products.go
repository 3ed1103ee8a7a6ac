// Package private creates and runs database servers for tests. They have their own data folders,
// and are on loopback and free ports. They read no configuration of the system.
//
//	found, ok := private.Postgres.Find()
//	server, err := private.Begin(ctx, private.Postgres, found, dir, password)
//	defer server.Stop()
//
// The server runs from programs on this machine. It can be signalled, and restarted with its data.
// On Linux it ends when this process does.
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

// Role is the name of the role on the servers that has all rights.
const Role = "fanql"

// A Product is a database server that can be run.
type Product struct {
	Name    string // the name in messages
	Env     string // the variable in which COMMAND finds its URL
	Folder  string // its folder in the temporary folder: a short name, as paths of sockets are limited
	account string // the account that it runs as if this process is root's; nobody if there is no such account
	// Extra are further arguments of the server. If several have the same name, the last one
	// counts.
	Extra    []string
	Packages []string // apt's names, with the best first; none if it must not be installed
	Service  string   // its name in docker-compose.yml
	Port     string   // the port in its container
	Admin    string   // the role in its container that has all rights

	// Find finds its programs on this machine. Fetch fetches them into the cache of the project. It
	// is nil if they cannot be fetched.
	Find  func() (Programs, bool)
	Fetch func(context.Context) (Programs, error)
	// URL returns the URL for COMMAND. Open returns a database with which a test can check whether
	// the server answers.
	URL     func(user, password, address string) string
	Open    func(url string) (*sql.DB, error)
	version string // the query for the product and its version
}

// Products are all products, in the order in which messages name them.
var Products = []Product{Postgres, MySQL, MariaDB}

// Programs are the programs of one installed server.
type Programs interface {
	// recipe returns how to run them in a folder, with a password for the role.
	recipe(dir, password string) recipe
	// tree returns the folder of fetched programs, or an empty string if the programs are
	// installed. in returns the same programs in a copy of that folder.
	tree() string
	in(tree string) Programs
}

// A recipe describes how to run a server privately in its own folder.
type recipe struct {
	files  map[string]string                // files that are written into the folder first
	config func(port int) map[string]string // files that are written before each start; may be nil
	create []string                         // the command that creates the data folder; may be empty
	serve  func(port int) []string
	// quit ends the server at once. Its data is no longer needed.
	quit syscall.Signal
}

// program returns the path of the first name that is in PATH or in one of the folders.
func program(folders []string, names ...string) (string, bool) {
	for path := range programs(folders, names...) {
		return path, true
	}
	return "", false
}

// programs returns all paths of the names, in the order of [program].
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

// newestFirst returns the folders that match the patterns. Folders with the highest version in
// their path come first.
func newestFirst(patterns ...string) []string {
	var found []string
	for _, p := range patterns {
		dirs, _ := filepath.Glob(p) // a bad pattern would be the only error
		found = append(found, dirs...)
	}
	digits := regexp.MustCompile(`\d+`)
	version := func(dir string) int {
		n, _ := strconv.Atoi(digits.FindString(dir)) // 0 if there is no number
		return n
	}
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return found
}
