//go:build unix

// Whose word a config counts for that nobody has named: it may run commands and send
// secrets away, and so it has to be ours, as git, ssh and ansible hold it.

package config

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// trusted says why the config at the path is not to be read unless it is named: it
// has to be a regular file of ours or of root's in a folder of ours or of root's, and
// others must not be able to write to either.
func trusted(path string) error {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return unwrapped(err)
	}
	// The folders first: where they are safe, nothing changes after the look.
	folders := []string{filepath.Dir(path), filepath.Dir(resolved)}
	if err := errors.Join(owned(folders[0], "its folder"), owned(folders[1], "its folder")); err != nil {
		return Each(err)[0]
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return unwrapped(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	return owned(resolved, "it")
}

// owned says why a file or folder is not in our hands alone.
func owned(path, what string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unwrapped(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil // a file system that knows no owners
	}
	if me := os.Geteuid(); stat.Uid != 0 && int(stat.Uid) != me {
		return fmt.Errorf("%s belongs to another user (%s), and could run commands as you", what, nameOf(stat.Uid))
	}
	mode := info.Mode()
	if mode&0o002 != 0 || mode&0o020 != 0 && !private(stat.Gid, stat.Uid) {
		return fmt.Errorf("%s can be written to by others (mode %s), who could run commands as you", what, octal(mode))
	}
	return nil
}

func octal(mode fs.FileMode) string {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return fmt.Sprintf("%04o", bits)
}

// nameOf is a user's name, or number.
func nameOf(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// private reports whether a group has no member but its owner, as where each user
// has a group of the same name: a umask of 002 is common there. A group that is not
// in /etc/group may have members that cannot be seen.
func private(gid, uid uint32) bool {
	owner, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil || owner.Gid != strconv.FormatUint(uint64(gid), 10) {
		return false
	}
	f, err := os.Open("/etc/group")
	if err != nil {
		return false
	}
	defer f.Close() // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Split(lines.Text(), ":") // name, password, number, members
		if len(fields) < 4 || fields[2] != owner.Gid {
			continue
		}
		others := slices.DeleteFunc(strings.Split(fields[3], ","), func(name string) bool { return name == "" || name == owner.Username })
		return fields[0] == owner.Username && len(others) == 0
	}
	return false
}
