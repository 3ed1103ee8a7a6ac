// The temporary file of a result, and how it gets its name.

package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/sources/leftover"
)

// unused returns a new name for the temporary file.
func (f *File) unused() string {
	name := fmt.Sprintf("%s%016x.tmp", front(filepath.Base(f.target)), rand.Uint64())
	return filepath.Join(f.folder(), name)
}

// announce calls naming, if it is set.
func (f *File) announce(temp string) error {
	if f.naming == nil {
		return nil
	}
	return f.naming(temp)
}

// temporary creates the temporary file. It returns the file's properties from before its
// mode was restricted.
func (f *File) temporary() (created fs.FileInfo, err error) {
	made, nameless, temp := (*os.File)(nil), false, ""
	if !f.named {
		made, nameless = leftover.Linkable(f.folder(), 0o666)
	}
	if !nameless {
		temp = f.unused()
		if err = f.announce(temp); err != nil {
			return nil, err
		}
		if made, err = os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666); err != nil {
			return nil, err
		}
	}
	if created, err = made.Stat(); err == nil {
		err = made.Chmod(0o600)
	}
	if err != nil {
		err = errors.Join(err, made.Close())
		if temp != "" {
			err = errors.Join(err, os.Remove(temp))
		}
		return nil, err
	}
	f.f, f.sync, f.temp, f.hold = made, made.Sync, temp, nil
	if temp != "" {
		f.hold = leftover.Hold(temp)
	}
	return created, nil
}

// renew begins another temporary file instead of the current one. It returns the current
// one, which then belongs to the caller and has no name.
func (f *File) renew() (old *os.File, err error) {
	f.ending.Lock()
	defer f.ending.Unlock()
	if f.stage != unfinished {
		return nil, f.failed(errTakenBack)
	}
	old, temp, release := f.f, f.temp, f.hold
	if _, err := f.temporary(); err != nil {
		return nil, f.failed(err)
	}
	if temp != "" {
		err = os.Remove(temp)
	}
	if release != nil {
		release()
	}
	return old, f.failed(err)
}

// link gives the file, which has no name, the name of the target, or, if that exists, a
// temporary name. There is true if it has the name of the target.
func (f *File) link() (there bool, err error) {
	if leftover.Link(f.f, f.target) == nil {
		return true, nil
	}
	return false, f.nameTemporary()
}

// linkNew gives the file the name of the target. It is an error if that exists.
func (f *File) linkNew() error {
	if f.temp == "" {
		err := leftover.Link(f.f, f.target)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := f.nameTemporary(); err != nil {
			return err
		}
	}
	return errors.Join(os.Link(f.temp, f.target), f.remove())
}

// nameTemporary gives the file, which has no name, a temporary name.
func (f *File) nameTemporary() error {
	temp := f.unused()
	if err := f.announce(temp); err != nil {
		return err
	}
	f.temp = temp
	if leftover.Link(f.f, f.temp) == nil {
		return nil
	}
	// Some file systems have files without a name and cannot name them.
	named, err := os.OpenFile(f.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		f.temp = ""
		return err
	}
	_, err = io.Copy(named, io.NewSectionReader(f.f, 0, 1<<62))
	return errors.Join(err, f.place.give(named), named.Sync(), named.Close())
}
