package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestTheMakefileSaysWhatABuildLacks(t *testing.T) {
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"CGO_ENABLED=0"}, "fanql needs cgo, for SQLite and DuckDB, and CGO_ENABLED=0 switches it off: leave that out"},
		{[]string{"CC=nocc -O2"}, "fanql needs a C compiler, for SQLite and DuckDB, and there is no nocc: install gcc and g++ (apt install gcc g++), or name one by CC="},
		{[]string{"GOOS=windows"}, "fanql needs cgo, which is off where another system is built for: give CGO_ENABLED=1, and CC= that system's compiler"},
		{[]string{"GO=nogo"}, "fanql is built with Go, and there is no nogo: https://go.dev/dl"},
	} {
		cmd := exec.CommandContext(t.Context(), "make", append([]string{"-C", "../..", "--no-print-directory", "build"}, x.args...)...)
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		said, _, _ := strings.Cut(stderr.String(), "\nmake: ***")
		if err == nil || said != x.want || stdout.Len() > 0 {
			t.Errorf("make build %q: %v\n%s%s\nwant %s", x.args, err, &stdout, &stderr, x.want)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "make", "-C", "../..", "--no-print-directory", "compilers").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("with everything installed: %v\n%s", err, out)
	}
}
