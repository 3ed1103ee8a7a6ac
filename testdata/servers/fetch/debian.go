// Trees of Debian packages. They have the loader and the libraries for which the programs were
// built, so that the programs run on another release.
package fetch

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Trees from Debian's suites. Each is from the oldest suite, as of 2026, that has the version.
var (
	// MySQL is a real MySQL (9.7). Only Debian's unstable suite has it.
	MySQL = debian("mysql", "sid", "mysql-server-core", "mysql-client-core")
	// MariaDB is newer (11.8) than Debian 12's.
	MariaDB = debian("mariadb-11.8", "trixie", "mariadb-server-core", "mariadb-client-core")

	PgBouncer = debian("pgbouncer", "trixie", "pgbouncer")
	Pgpool    = debian("pgpool", "trixie", "pgpool2")
	HAProxy   = debian("haproxy", "trixie", "haproxy")
	Odyssey   = debian("odyssey", "sid", "odyssey")
)

// keyring has the keys with which Debian's archives are signed.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// loader is the name of the dynamic loader on amd64.
const loader = "ld-linux-x86-64.so.2"

// debian returns a tree of packages from a suite, with all their dependencies.
func debian(name, suite string, packages ...string) Tree {
	return Tree{Name: name, unpack: func(ctx context.Context, dir string) error {
		mirrors, err := debianHere()
		if err != nil {
			return err
		}
		apt := filepath.Join(dir, "apt")
		archives, err := download(ctx, apt, mirrors, suite, packages)
		if err != nil {
			return err
		}
		root := filepath.Join(dir, "root")
		for _, a := range archives {
			if err := run(ctx, "dpkg-deb", "--extract", a, root); err != nil {
				return err
			}
		}
		return errors.Join(wrapAll(root), os.RemoveAll(apt))
	}}
}

// debianHere returns the mirrors of Debian that this machine uses, or ErrImpossible.
func debianHere() ([]string, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return nil, fmt.Errorf("%w: it is not Linux on amd64", ErrImpossible)
	}
	for _, name := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("%w: it has no %s", ErrImpossible, name)
		}
	}
	if _, err := os.Stat(keyring); err != nil {
		return nil, fmt.Errorf("%w: it has no %s", ErrImpossible, keyring)
	}
	found := mirrors(sources())
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: its apt sources name no Debian mirror", ErrImpossible)
	}
	return found, nil
}

// download fetches the packages with all their dependencies into the folder apt, from
// the first of the mirrors that has the suite with Debian's signature.
func download(ctx context.Context, apt string, mirrors []string, suite string, packages []string) (archives []string, err error) {
	for _, d := range []string{"etc", "lists/partial", "archives/partial"} {
		if err := os.MkdirAll(filepath.Join(apt, d), 0o755); err != nil {
			return nil, err
		}
	}
	list := filepath.Join(apt, "etc", "sources.list")
	options := []string{
		"-qq",
		"-o", "Dir::Etc::sourcelist=" + list, "-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::State::lists=" + filepath.Join(apt, "lists"),
		"-o", "Dir::State::status=" + filepath.Join(apt, "status"), // the file is empty, as if no package were installed, so all are downloaded
		"-o", "Dir::Cache::archives=" + filepath.Join(apt, "archives"),
		"-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=",
		"-o", "Debug::NoLocking=true", // only root may take dpkg's lock, and no other process uses the folder
		"-o", "APT::Update::Error-Mode=any", "-o", "APT::Install-Recommends=false",
	}
	if os.Geteuid() == 0 { // apt's own account cannot write into the folder
		options = append(options, "-o", "APT::Sandbox::User=root")
	}
	if err := os.WriteFile(filepath.Join(apt, "status"), nil, 0o644); err != nil {
		return nil, err
	}
	var problems []error
	for _, m := range mirrors {
		line := fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, m, suite)
		if err := os.WriteFile(list, []byte(line), 0o644); err != nil {
			return nil, err
		}
		err := run(ctx, "apt-get", append(options, "update")...)
		if err == nil {
			err = run(ctx, "apt-get", append(append(options, "--download-only", "--yes", "install"), packages...)...)
		}
		if err == nil {
			return filepath.Glob(filepath.Join(apt, "archives", "*.deb"))
		}
		problems = append(problems, err)
	}
	return nil, errors.Join(problems...)
}

// run runs a program to its end. Its error has the program's output.
func run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second // its children may keep the pipe open
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, bytes.TrimSpace(out.Bytes()))
	}
	return nil
}

// wrapAll makes the programs of a root run with the loader and libraries of the root. Each binary
// moves into a subfolder, and a script gets its name.
func wrapAll(root string) error {
	folders, err := libraries(root)
	if err != nil {
		return err
	}
	ld := ""
	for _, f := range folders {
		if path := filepath.Join(f, loader); ld == "" && isBinary(path) {
			ld = path
		}
	}
	if ld == "" {
		return fmt.Errorf("no %s among the packages", loader)
	}
	for _, folder := range []string{"usr/bin", "usr/sbin", "bin", "sbin"} {
		entries, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			path := filepath.Join(root, folder, e.Name())
			if !e.Type().IsRegular() || !isBinary(path) {
				continue
			}
			if err := wrap(root, path, ld, folders); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrapped is the folder of the binaries.
const wrapped = "wrapped"

// wrap replaces one binary by a script. Paths in the script are relative to the script, because the
// tree will be moved.
func wrap(root, path, ld string, folders []string) error {
	up, err := filepath.Rel(filepath.Dir(path), root)
	if err != nil {
		return err
	}
	inRoot := func(path string) string { return "$root" + strings.TrimPrefix(path, root) }
	var search []string
	for _, f := range folders {
		search = append(search, inRoot(f))
	}
	script := fmt.Sprintf(`#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd) && root=$(cd "$here/%s" && pwd) || exit
exec "%s" --library-path "%s" "$here/%s/%s" "$@"
`, up, inRoot(ld), strings.Join(search, ":"), wrapped, filepath.Base(path))

	to := filepath.Join(filepath.Dir(path), wrapped)
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := os.Rename(path, filepath.Join(to, filepath.Base(path))); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(script), 0o755)
}

// isBinary reports whether a file is an ELF binary. It follows links.
func isBinary(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	_ = f.Close() // nothing was written
	return true
}
