// Programs that run in front of a server.
package private

import (
	"path/filepath"
	"syscall"
)

// A Proxy is a pool or a balancer that Begin can start. Program is an absolute path, or a path
// below Home, which is a fetched tree.
type Proxy struct {
	Home, Program string
	// Config returns the files of its folder by their full paths, and the arguments of the program.
	Config func(dir string, port int) (files map[string]string, args []string)
	Quit   syscall.Signal // the signal that ends it at once
}

func (p Proxy) tree() string            { return p.Home }
func (p Proxy) in(tree string) Programs { p.Home = tree; return p }

func (p Proxy) recipe(dir, _ string) recipe {
	return recipe{
		config: func(port int) map[string]string {
			files, _ := p.Config(dir, port)
			return files
		},
		serve: func(port int) []string {
			_, args := p.Config(dir, port)
			return append([]string{filepath.Join(p.Home, p.Program)}, args...)
		},
		quit: p.Quit,
	}
}
