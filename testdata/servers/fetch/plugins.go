// Plugins of the MariaDB that is installed on this machine.
package fetch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// debianPlugins is where Debian's MariaDB has its plugins. Another package than the server's program
// has them, and its installation would also enable a service.
const debianPlugins = "/usr/lib/mysql/plugin"

// MariaDBPlugins returns a tree of the plugins for Debian's MariaDB, of the same version. It reports
// false if this machine has them already, or if its MariaDB is not Debian's.
func MariaDBPlugins(ctx context.Context) (Tree, bool) {
	if _, err := os.Stat(debianPlugins); !errors.Is(err, os.ErrNotExist) {
		return Tree{}, false
	}
	version, err := exec.CommandContext(ctx, "dpkg-query", "--show", "--showformat=${Version}", "mariadb-server-core").Output()
	if err != nil || len(version) == 0 {
		return Tree{}, false
	}
	wanted := "mariadb-server=" + string(version)
	return Tree{Name: "mariadb-plugins-" + strings.ReplaceAll(string(version), ":", "-"), unpack: func(ctx context.Context, dir string) error {
		if _, err := debianHere(); err != nil {
			return err
		}
		// It downloads into the working folder.
		const download = `cd "$1" && apt-get --option APT::Sandbox::User="$(id --user --name)" download "$2" && dpkg-deb --extract mariadb-server_*.deb . && rm mariadb-server_*.deb`
		return run(ctx, "sh", "-c", download, "sh", dir, wanted)
	}}, true
}

// Plugins returns the folder of the plugins in such a tree.
func Plugins(tree string) string { return filepath.Join(tree, debianPlugins) }
