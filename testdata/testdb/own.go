package testdb

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/testdata/servers/private"
)

// Own starts a server for one test, which may kill it. It is stopped when the test ends.
// Its programs must be on this machine, and nothing is installed.
func Own(t testing.TB, product private.Product) *private.Instance {
	t.Helper()
	found, ok := product.Find()
	if !ok {
		missing := t.Skipf
		if os.Getenv(EnvRequire) == "1" && os.Getenv(product.Env) == "" {
			missing = t.Fatalf
		}
		missing("needs the programs of %s on this machine", product.Name)
	}
	dir, err := private.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	i, err := private.Begin(context.Background(), product, found, filepath.Join(dir, product.Folder), rand.Text())
	if i != nil {
		t.Cleanup(i.Stop)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}
