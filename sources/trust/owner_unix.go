//go:build unix

// Owners and groups.

package trust

import (
	"bufio"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Ours reports whether a file belongs to us or to root.
func Ours(info fs.FileInfo) bool {
	uid, _, ok := IDs(info)
	return !ok || uid == 0 || uid == os.Geteuid()
}

// IDs returns the ids of a file's owner and group; ok is false if its file system has
// none.
func IDs(info fs.FileInfo) (uid, gid int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(stat.Uid), int(stat.Gid), true
}

// Exposed reports whether the mode lets the group or others do anything with a file.
func Exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// AllMayWrite reports whether the mode lets everybody write.
func AllMayWrite(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }

// Readable reports whether anybody except the owner may read: everybody, or a group
// that is not the owner's own.
func Readable(info fs.FileInfo) bool {
	uid, gid, _ := IDs(info)
	mode := info.Mode()
	return mode&0o004 != 0 || mode&0o040 != 0 && !private(gid, uid)
}

// Names returns the number of a file's names (hard links).
func Names(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Nlink)
	}
	return 1
}

// Owner returns the name of a file's owner, or its id.
func Owner(info fs.FileInfo) string {
	uid, _, _ := IDs(info)
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// writable reports whether anybody except the owner may write.
func writable(info fs.FileInfo) bool {
	uid, gid, _ := IDs(info)
	mode := info.Mode()
	return mode&0o002 != 0 || mode&0o020 != 0 && !private(gid, uid)
}

// private reports whether a group has no member except its owner. Some systems give
// each user a group of the same name, and then a umask of 002 is common. A group that
// is not in /etc/group may have members that we cannot see.
func private(gid, uid int) bool {
	owner, err := user.LookupId(strconv.Itoa(uid))
	if err != nil || owner.Gid != strconv.Itoa(gid) {
		return false
	}
	f, err := os.Open("/etc/group")
	if err != nil {
		return false
	}
	defer f.Close() // it was opened for reading only
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
