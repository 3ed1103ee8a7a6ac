// The files that make install installs, and the version of a tree.

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// makeTarget runs a target of the Makefile with the program that has been built before.
func makeTarget(t *testing.T, target string, settings ...string) string {
	t.Helper()
	args := append([]string{"-C", "../..", "--no-print-directory", target, "PROGRAM=" + plainProgram(t)}, settings...)
	cmd := exec.CommandContext(t.Context(), "make", args...)
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("make %s: %v\n%s", target, err, out)
	}
	return string(out)
}

// tree returns the modes of all files below a folder, by path.
func tree(t *testing.T, folder string) map[string]fs.FileMode {
	t.Helper()
	all := map[string]fs.FileMode{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		all[strings.TrimPrefix(path, folder)] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestInstallAndUninstall(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a folder")
	neighbour := filepath.Join(folder, "usr/share/man/man1/fanql-hello.1") // the page of a plugin
	if err := os.MkdirAll(filepath.Dir(neighbour), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(neighbour, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := makeTarget(t, "install", "DESTDIR="+folder, "PREFIX=/usr"); out != "" {
		t.Errorf("make install printed %q", out)
	}
	installed := tree(t, folder)
	for file, mode := range map[string]fs.FileMode{
		"/usr/bin/fanql": 0o755, "/usr/share/man/man1/fanql.1": 0o644, "/usr/share/man/man1/fanql-query.1": 0o644,
		"/usr/share/man/man7/fanql-security.7": 0o644, "/usr/share/bash-completion/completions/fanql": 0o644,
		"/usr/share/zsh/site-functions/_fanql": 0o644, "/usr/share/fish/vendor_completions.d/fanql.fish": 0o644,
		"/usr/share/doc/fanql/LICENSE": 0o644, "/usr/share/doc/fanql/NOTICE": 0o644,
		"/usr/share/doc/fanql/README.md": 0o644, "/usr/share/doc/fanql/CHANGELOG.md": 0o644,
	} {
		if got := installed[file]; got != mode {
			t.Errorf("%s has the mode %v, want %v", file, got, mode)
		}
	}
	pages := regexp.MustCompile(`^/usr/share/man/man([157])/fanql[a-z.-]*\.([157])$`)
	for file := range installed {
		if m := pages.FindStringSubmatch(file); strings.HasPrefix(file, "/usr/share/man/") && (m == nil || m[1] != m[2]) {
			t.Errorf("%s is in the wrong folder", file)
		}
	}
	for _, shell := range []struct{ name, file string }{
		{"bash", "bash-completion/completions/fanql"}, {"zsh", "zsh/site-functions/_fanql"}, {"fish", "fish/vendor_completions.d/fanql.fish"},
	} {
		got, err := os.ReadFile(filepath.Join(folder, "usr/share", shell.file))
		if err != nil {
			t.Fatal(err)
		}
		want, err := exec.CommandContext(t.Context(), plainProgram(t), "completion", shell.name).Output()
		if err != nil || string(got) != string(want) || len(want) < 1000 {
			t.Errorf("the completion for %s is not what the program prints: %v", shell.name, err)
		}
	}
	if out := makeTarget(t, "uninstall", "DESTDIR="+folder, "PREFIX=/usr"); out != "" {
		t.Errorf("make uninstall printed %q", out)
	}
	if left := tree(t, folder); len(left) != 1 {
		t.Errorf("make uninstall left %v, want only the plugin's page", left)
	}
}

func TestTheVersionOfATree(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	script, err := os.ReadFile("../../.ci/version")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil { //nolint:gosec // one of them must be executable
			t.Fatal(err)
		}
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", folder, "-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	is := func(when, want string) {
		t.Helper()
		got, err := exec.CommandContext(t.Context(), filepath.Join(folder, ".ci/version")).CombinedOutput()
		if err != nil || !regexp.MustCompile("^"+want+"\n$").Match(got) {
			t.Errorf("%s the version is %q, %v; want %s", when, got, err, want)
		}
	}
	const released = "# Changelog\n\n## Unreleased\n\n## [1.2.3] - 2026-11-30\n\n### Added\n\n- This.\n\n## [1.2.2] - 2026-11-01\n"
	unreleased := strings.Replace(released, "## Unreleased\n", "## Unreleased\n\n### Fixed\n\n- That.\n", 1)
	write(".ci/version", string(script))
	write("CHANGELOG.md", released)
	is("in an archive of a release", `1\.2\.3`)
	write("CHANGELOG.md", unreleased)
	is("in an archive of what follows", `1\.2\.3\+unreleased`)
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "--message=x")
	is("where something is unreleased", `1\.2\.3\+g[0-9a-f]{12}`)
	write("CHANGELOG.md", released)
	is("where a file was changed", `1\.2\.3\+g[0-9a-f]{12}\.dirty`)
	git("commit", "--quiet", "--all", "--message=x")
	is("of the commit that will be tagged", `1\.2\.3`)
	git("tag", "v1.2.3")
	is("of the tagged commit", `1\.2\.3`)
	git("commit", "--quiet", "--allow-empty", "--message=x")
	is("after the tag", `1\.2\.3\+g[0-9a-f]{12}`)
	if err := os.WriteFile(filepath.Join(folder, ".git/HEAD"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	is("where git cannot tell", `1\.2\.3\+unknown`)
}
