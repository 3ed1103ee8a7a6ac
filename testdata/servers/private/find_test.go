package private

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// pretend puts a program into the first folder of PATH. The program prints a line.
func pretend(t *testing.T, name, line string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+line+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return path
}

func TestAMariaDBUnderMySQLsNameIsNotTakenForMySQL(t *testing.T) {
	maria := pretend(t, "mysqld", "mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)")
	if p, ok := findMySQL(); ok && p.(mysqlPrograms).server == maria {
		t.Errorf("MySQL is %v", p)
	}
	mysql := pretend(t, "mysqld", "/usr/sbin/mysqld  Ver 9.7.4-1 for Linux on x86_64 ((Debian))")
	if p, ok := findMySQL(); !ok || p.(mysqlPrograms).server != mysql {
		t.Errorf("MySQL is %v", p)
	}
	if p, ok := findMariaDB(); ok && p.(mysqlPrograms).server == mysql {
		t.Errorf("MariaDB is %v", p)
	}
}

func TestFetchedProgramsAreCopiedToWhereTheServersAccountComes(t *testing.T) {
	dir := t.TempDir()
	tree := filepath.Join(dir, "home", "tree")
	if err := os.MkdirAll(filepath.Join(tree, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "bin", "initdb"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("initdb", filepath.Join(tree, "bin", "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "home"), 0o700); err != nil {
		t.Fatal(err)
	}
	fetched, to := postgresPrograms{tree, "bin"}, filepath.Join(dir, "copy")
	if p, err := reachable(fetched, to, nil); err != nil || p != fetched {
		t.Errorf("for the current account the programs are %v: %v", p, err)
	}
	p, err := reachable(fetched, to, &syscall.Credential{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.(postgresPrograms).path("link"); !executable(got) || filepath.Dir(got) != filepath.Join(to, "bin") {
		t.Errorf("the copy is in %s", got)
	}
	installed := postgresPrograms{bin: filepath.Join(tree, "bin")}
	if p, err := reachable(installed, to, &syscall.Credential{}); err != nil || p != installed {
		t.Errorf("installed ones are %v: %v", p, err)
	}
}
