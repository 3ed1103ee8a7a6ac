// Packages of npm's registry that tests use. Each has one version with a known checksum.
package fetch

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Axe is axe-core, a library that checks the accessibility of pages. The script is
// package/axe.min.js. Unlike servers, packages can be used on every system that has npm.
var Axe = Tree{Name: "axe-core-4.14.1", unpack: func(ctx context.Context, dir string) error {
	return pinned{
		"axe-core", "4.14.1", "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
	}.into(ctx, dir, "package/axe.min.js", "package/LICENSE")
}}

// Hyparquet reads Parquet files. It shares no code with the libraries that fanql links. Its module
// is hyparquet/package/src/node.js, and fzstd/package/esm/index.mjs decompresses pages. Node.js
// runs both.
var Hyparquet = Tree{Name: "hyparquet-1.33.0", unpack: func(ctx context.Context, dir string) error {
	for _, p := range []pinned{
		{"hyparquet", "1.33.0", "8EKLe73vRIMEKVEOe5y+kIzFxo6AvbLvd5ukd7P+yv3RvG0+TZM4qO8imbqxU6zds5pV+OeWRTMwy95mhHUheg=="},
		{"fzstd", "0.1.1", "dkuVSOKKwh3eas5VkJy1AW1vFpet8TA/fGmVA5krThl8YcOVE/8ZIoEA1+U1vEn5ckxxhLirSdY837azmbaNHA=="},
	} {
		to := filepath.Join(dir, p.name)
		if err := os.Mkdir(to, 0o755); err != nil {
			return err
		}
		if err := p.into(ctx, to, "package"); err != nil {
			return err
		}
	}
	return nil
}}

// A pinned is a package with the SHA-512 of its archive that npm reports.
type pinned struct{ name, version, sum string }

// into unpacks the named files or folders of the package into dir.
func (p pinned) into(ctx context.Context, dir string, names ...string) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return fmt.Errorf("%w: it has no npm", ErrImpossible)
	}
	if err := run(ctx, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", dir, p.name+"@"+p.version); err != nil {
		return err
	}
	archive := filepath.Join(dir, p.name+"-"+p.version+".tgz")
	content, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	if sum := sha512.Sum512(content); base64.StdEncoding.EncodeToString(sum[:]) != p.sum {
		return fmt.Errorf("the checksum of %s is not the one that is known", p.name)
	}
	if err := run(ctx, "tar", append([]string{"--extract", "--gzip", "--file", archive, "--directory", dir}, names...)...); err != nil {
		return err
	}
	return os.Remove(archive)
}
