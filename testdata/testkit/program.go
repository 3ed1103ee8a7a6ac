package testkit

// The program as users run it.

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// EnvProgram names a fanql that was built from this tree without the race detector, as
// `make test` does once for all packages.
const EnvProgram = "FANQL_TEST_PROGRAM"

// Program returns the path of such a fanql. Without [EnvProgram] it builds one, which takes a
// minute the first time, into a folder that done removes. The caller must call done even after an
// error.
func Program() (path string, done func(), _ error) {
	if path := os.Getenv(EnvProgram); path != "" {
		return path, func() {}, nil
	}
	folder, err := os.MkdirTemp("", "fanql-test-")
	if err != nil {
		return "", func() {}, err
	}
	done = func() { _ = os.RemoveAll(folder) }
	path = filepath.Join(folder, "fanql")
	//nolint:noctx // the build is wanted for as long as the tests are
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", done, err
	}
	build := exec.Command("make", "--no-print-directory", "build", "PROGRAM="+path) //nolint:noctx // likewise
	build.Dir, build.Env = filepath.Dir(string(bytes.TrimSpace(module))), append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	if said, err := build.CombinedOutput(); err != nil {
		return "", done, fmt.Errorf("building fanql: %w\n%s", err, said)
	}
	return path, done, nil
}

// NeedProgram returns the path of a program that a test uses, such as a shell. If the program is
// missing, the test is skipped. It fails instead if `make test` should have installed the program.
func NeedProgram(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing := t.Skipf
		if os.Getenv("FANQL_REQUIRE_SERVERS") == "1" {
			missing = t.Fatalf
		}
		missing("there is no %s in PATH: run make test, which installs it, or apt-get install %s", name, name)
	}
	return path
}
