// A file that waits for others: all of them are to get their places at once.

package output

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// A Staged file is complete and on the disk under a temporary name. It is in its place
// once it has been renamed, which is its owner's to do: see package exportstate.
type Staged struct {
	Temp, Target string
	Bytes        int64
	SHA256       string // in hexadecimal digits
}

// Naming has f call it with the name of its temporary file before it has that. An error
// leaves the file without a name.
func (f *File) Naming(call func(temp string) error) { f.naming = call }

// Summing has f add up what [File.Write] writes, so that Stage need not read it.
func (f *File) Summing() { f.written = sha256.New() }

// Stage ends the file without putting it in its place. It is the caller's then, and
// Commit and Discard do nothing any more; after an error the path is as it was. While
// Stage waits for the disk, Discard takes the file back. The sum is computed if it is
// wanted.
func (f *File) Stage(sum bool) (s Staged, err error) {
	if f.target == "" {
		return s, f.failed(errors.New("is no regular file, which alone can be put in its place with others"))
	}
	info, err := f.f.Stat()
	if err == nil && sum {
		s.SHA256, err = f.sum()
	}
	if errors.Is(err, os.ErrClosed) { // while it was read
		err = errTakenBack
	}
	if err != nil {
		return s, f.failed(err)
	}
	if s.Target, err = filepath.Abs(f.target); err != nil {
		return s, f.failed(err)
	}
	s.Bytes = info.Size()
	f.ending.Lock()
	defer f.ending.Unlock()
	defer f.release()
	if f.stage != unfinished {
		return s, f.failed(errTakenBack)
	}
	f.stage = finished
	err = f.place.give(f.f)
	if err == nil && f.temp == "" {
		err = f.nameTemporary()
	}
	if err == nil {
		err = f.synced()
	}
	if err = errors.Join(err, f.f.Close()); err != nil {
		return s, f.failed(errors.Join(err, f.remove()))
	}
	s.Temp = filepath.Join(filepath.Dir(s.Target), filepath.Base(f.temp))
	if f.within != "" {
		s.Temp = f.temp
	}
	return s, nil
}

// sum returns the sum of what was written, for which it reads the file if need be.
func (f *File) sum() (string, error) {
	h := f.written
	if h == nil {
		h = sha256.New()
		if _, err := io.Copy(h, io.NewSectionReader(f.f, 0, 1<<62)); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Private has the file be read and written by its owner alone.
func (f *File) Private() { f.place.mode = 0o600 }

// Exclusive has Commit fail where something has the path by then.
func (f *File) Exclusive() { f.exclusive = true }

// Target returns the path that the file will have, without links; empty where it is
// written directly.
func (f *File) Target() string { return f.target }
