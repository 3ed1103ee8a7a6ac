// The Dockerfile, checked without Docker. image_linux_test.go runs the program in the
// root of its last stage.

package main

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// instructions returns the instructions of a Dockerfile, split into words, without
// comments.
func instructions(t *testing.T, file string) (all [][]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		if words := strings.Fields(line); len(words) > 0 && words[0][0] != '#' {
			all = append(all, words)
		}
	}
	return all
}

func TestTheDockerfile(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile("../../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	stages := map[string]bool{}
	made, base, said := "", "", map[string]string{} // made is the folder that make image fills; base and said are the base and the settings of the last stage
	for _, words := range instructions(t, "../../Dockerfile") {
		args := words[1:]
		switch words[0] {
		case "FROM":
			base, said = args[0], map[string]string{}
			if len(args) == 3 && args[1] == "AS" {
				stages[args[2]] = true
			}
		case "COPY":
			checkCopy(t, args, stages, made, string(ignored))
		case "RUN":
			for i, word := range args {
				if word != "make" {
					continue
				}
				dry := exec.CommandContext(t.Context(), "make", "-C", "../..", "--dry-run", args[i+1], "DESTDIR=/x")
				dry.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
				if out, err := dry.CombinedOutput(); err != nil {
					t.Errorf("make %s: %v\n%s", args[i+1], err, out)
				}
				if args[i+1] == "image" {
					made = strings.TrimPrefix(args[i+2], "DESTDIR=")
				}
			}
		case "USER", "ENV", "WORKDIR", "ENTRYPOINT":
			said[words[0]] = strings.Join(args, " ")
		default:
			t.Errorf("this test does not know the instruction %s", words[0])
		}
	}
	for what, want := range map[string]string{"USER": "65532:65532", "ENV": "HOME=/home/fanql", "WORKDIR": "/data", "ENTRYPOINT": `["/fanql"]`} {
		if base != "scratch" || said[what] != want {
			t.Errorf("the image is built from %s with %s %s, want %s", base, what, said[what], want)
		}
	}
}

// checkCopy checks that the source of a COPY exists in the context, or in an earlier stage.
func checkCopy(t *testing.T, args []string, stages map[string]bool, made, ignored string) {
	t.Helper()
	if stage, ok := strings.CutPrefix(args[0], "--from="); ok {
		if !stages[stage] || args[1] != made {
			t.Errorf("COPY %q: there is no such stage, or the folder is not the one that make image fills (%q)", args, made)
		}
		return
	}
	for _, source := range args[:len(args)-1] {
		if _, err := os.Stat(filepath.Join("../..", source)); err != nil || slices.Contains(strings.Split(ignored, "\n"), path.Clean(source)) {
			t.Errorf("COPY %s: it is not in the context, %v", source, err)
		}
	}
}
