// Decides which files may be replaced, and what a file inherits from the one that it
// replaces.

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

// refuse returns an error if an existing file must not be written to: another user could
// have put it there to get our rows, or to make us overwrite another file.
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

// openSpecial opens a file that is not regular: a device or a FIFO. For a FIFO it waits for
// a reader until ctx ends.
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

// unchanged returns the file if it is the one that was inspected, and an error otherwise.
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

// A place has the mode, owner and group that a file gets with its name: those of the file
// that it replaces, as far as we may set them. It keeps the mode of a file of our own. From
// another user's file it keeps only permissions that a new file would have.
type place struct {
	mode     fs.FileMode
	uid, gid int // -1 to leave it
	warning  string
}

// placeOf returns what a new file in the folder can inherit. fresh describes the new file
// as it was created. replaced is nil if no file is replaced.
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
			if err := f.Chown(was, -1); err != nil { // the owner changes back until Commit
				return p, err
			}
		} else {
			p.warning = fmt.Sprintf("it belonged to %s, and will belong to you: only root can give files away", trust.Owner(replaced))
		}
	}
	if gid != group {
		if f.Chown(-1, gid) == nil {
			p.gid = gid
		} else { // the group has other members
			p.mode = mode&^0o070 | mode&(mode&0o007<<3)
			if p.warning == "" {
				p.warning = fmt.Sprintf("its group (number %d) cannot be kept: you are not in it", gid)
			}
		}
	}
	return p, nil
}

// give sets the mode, group and owner of the file. The owner is last, because afterwards we
// may not be allowed to change the mode.
func (p place) give(f *os.File) error {
	err := f.Chmod(p.mode)
	if err == nil && (p.uid >= 0 || p.gid >= 0) {
		err = f.Chown(p.uid, p.gid)
	}
	return err
}

// Warning describes what the file cannot inherit from the one that it replaces. It is empty
// if there is nothing to report.
func (f *File) Warning() string {
	if f.place.warning == "" {
		return ""
	}
	return f.name + ": " + f.place.warning
}
