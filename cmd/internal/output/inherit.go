// What may be written over, and what a file takes over from the one it replaces.

package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/fanql/fanql/sources/trust"
)

// refuse says why something that stands at the path already is not to be written to:
// another user could have put it there to get our rows, or to have us overwrite it.
func refuse(folder string, info fs.FileInfo) error {
	if trust.Ours(info) {
		return nil
	}
	at, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if !trust.OthersMayWrite(at) {
		return nil
	}
	return fmt.Errorf("it belongs to another user (%s), in a folder that others may write to: remove it, or name a file elsewhere", trust.Owner(info))
}

// openSpecial opens what is no regular file: a device, or a FIFO, whose reader is
// awaited until ctx ends.
func openSpecial(ctx context.Context, path string, seen fs.FileInfo) (*os.File, error) {
	if seen.Mode()&fs.ModeNamedPipe == 0 {
		return os.OpenFile(path, os.O_WRONLY, 0)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		f, err := openNow(path)
		if err == nil {
			return unchanged(f, seen)
		}
		if !noReader(err) {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("no reader has opened it: %w", context.Cause(ctx))
		}
	}
}

// unchanged gives the file if it is the one that was looked at.
func unchanged(f *os.File, seen fs.FileInfo) (*os.File, error) {
	info, err := f.Stat()
	if err == nil && !os.SameFile(info, seen) {
		err = errors.New("was replaced just now: run the command once more")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func writable(path string) error {
	f, err := openNow(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// A place is what a file gets with its name: the mode, owner and group of the one it
// replaces, as far as we may give them. A mode is taken over as it is only from a
// file of our own; from another's, no more than a new file would have.
type place struct {
	mode     fs.FileMode
	uid, gid int // -1 to leave it
	warning  string
}

// placeOf finds out what a new file in the folder, as it was created, can take over;
// replaced is nil for none.
func placeOf(f *os.File, folder string, fresh, replaced fs.FileInfo) (place, error) {
	p := place{mode: fresh.Mode().Perm(), uid: -1, gid: -1}
	if replaced == nil {
		return p, nil
	}
	mode := replaced.Mode().Perm()
	uid, gid, known := trust.IDs(replaced)
	if !known {
		p.mode = mode
		return p, nil
	}
	was, group, _ := trust.IDs(fresh)
	if at, err := os.Stat(folder); err != nil {
		return p, err
	} else if uid != was && uid != os.Geteuid() || trust.Names(replaced) > 1 && trust.OthersMayWrite(at) {
		mode &= p.mode
	}
	p.mode = mode
	if uid != was {
		if f.Chown(uid, -1) == nil {
			p.uid = uid
			if err := f.Chown(was, -1); err != nil { // until Commit
				return p, err
			}
		} else {
			p.warning = fmt.Sprintf("it belonged to %s, and will belong to you: only root can give files away", trust.Owner(replaced))
		}
	}
	if gid != group {
		if f.Chown(-1, gid) == nil {
			p.gid = gid
		} else { // its members are others now
			p.mode = mode&^0o070 | mode&(mode&0o007<<3)
			if p.warning == "" {
				p.warning = fmt.Sprintf("its group (number %d) cannot be kept: you are not in it", gid)
			}
		}
	}
	return p, nil
}

// give gives the file what its place says: the owner last, after which its mode might
// no longer be ours to change.
func (p place) give(f *os.File) error {
	err := f.Chmod(p.mode)
	if err == nil && (p.uid >= 0 || p.gid >= 0) {
		err = f.Chown(p.uid, p.gid)
	}
	return err
}

// Warning says what the file cannot take over from the one it replaces; empty is
// nothing.
func (f *File) Warning() string {
	if f.place.warning == "" {
		return ""
	}
	return f.name + ": " + f.place.warning
}
