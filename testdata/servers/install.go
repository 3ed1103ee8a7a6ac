// Missing servers are installed from packages of Debian and Ubuntu.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/fanql/fanql/testdata/servers/private"
)

// installation is executed by sh as root. An argument has alternative packages, with the best
// first, since older releases lack some. Only the programs are needed, so it must not start servers
// or create clusters.
const installation = `set -eu
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update
conf=/etc/postgresql-common/createcluster.d/fanql.conf
if ! test -e "${conf%/*}"; then
	mkdir -p "${conf%/*}"
fi
echo "create_main_cluster = false" >"$conf"
trap 'rm -f "$conf"' EXIT
packages=
for choice; do
	for p in $choice; do
		if apt-cache show "$p" >/dev/null 2>&1; then
			packages="$packages $p"
			break
		fi
	done
done
apt-get install --yes --no-install-recommends $packages
`

// clients are the servers' own clients, with whose output tests compare, the programs that read
// reports of checks, and the shells in which tests complete command lines.
var clients = []struct {
	program  string
	packages []string
}{
	{"psql", []string{"postgresql-client"}},
	{"mariadb", []string{"mariadb-client-core", "mariadb-client"}},
	{"sqlite3", []string{"sqlite3"}},
	{"prove", []string{"perl"}},
	{"zsh", []string{"zsh"}},
	{"fish", []string{"fish"}},
}

// browsers are programs in which a test opens pages. One of them is enough. Debian has a package.
// It is large, so other installations do not include it.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// missingBrowser returns the package of a browser if there is none.
func missingBrowser() [][]string {
	for _, program := range browsers {
		if _, err := exec.LookPath(program); err == nil {
			return nil
		}
	}
	return [][]string{{"chromium"}}
}

// missingClients returns the packages of clients that are not installed. Each has alternatives,
// with the best first.
func missingClients() (packages [][]string) {
	for _, c := range clients {
		if _, err := exec.LookPath(c.program); err != nil {
			packages = append(packages, c.packages)
		}
	}
	return packages
}

// install installs missing packages if that is possible: with apt-get, as root or with a sudo that
// needs no password. Each element of others has alternative names of a package. It reports whether
// it has installed the packages.
func install(ctx context.Context, missing []private.Product, others [][]string) (bool, error) {
	if _, err := os.Stat("/etc/debian_version"); err != nil {
		return false, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return false, nil
	}
	argv := []string{"sh", "-c", installation, "install"}
	if os.Geteuid() != 0 {
		if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
			return false, nil
		}
		argv = append([]string{"sudo", "-n"}, argv...)
	}
	var names []string
	for _, p := range missing {
		names = append(names, p.Packages[0])
		argv = append(argv, strings.Join(p.Packages, " "))
	}
	for _, packages := range others {
		names = append(names, packages[0])
		argv = append(argv, strings.Join(packages, " "))
	}
	what := strings.Join(names, " and ")
	say("installing %s with apt-get", what)

	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	// After SIGTERM apt-get can leave the packages in order.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Run(); err != nil {
		return false, fmt.Errorf("installing %s: %w\n%s", what, err, private.LastLines(out.Bytes(), 20))
	}
	return true, nil
}
