// axe-core is a library that finds barriers in pages. It is a package of npm's registry.
package fetch

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The version of axe-core, and the checksum of its archive that npm reports.
const (
	axeVersion = "4.14.1"
	axeSum     = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// Axe has the script in package/axe.min.js. Unlike the servers it can be used on every system that
// has npm.
var Axe = Tree{Name: "axe-core-" + axeVersion, unpack: func(ctx context.Context, dir string) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return fmt.Errorf("%w: it has no npm", ErrImpossible)
	}
	if err := run(ctx, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", dir, "axe-core@"+axeVersion); err != nil {
		return err
	}
	archive := filepath.Join(dir, "axe-core-"+axeVersion+".tgz")
	content, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	if sum := sha512.Sum512(content); base64.StdEncoding.EncodeToString(sum[:]) != axeSum {
		return errors.New("its checksum is not the one that is known")
	}
	if err := run(ctx, "tar", "--extract", "--gzip", "--file", archive, "--directory", dir, "package/axe.min.js", "package/LICENSE"); err != nil {
		return err
	}
	return os.Remove(archive)
}}
