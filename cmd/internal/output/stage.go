// A file that is staged: it is renamed later, together with others.

package output

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// A Staged file is complete and on the disk under a temporary name. Its owner renames it to
// Target: see package exportstate.
type Staged struct {
	Temp, Target string
	Bytes        int64
	SHA256       string // in hexadecimal digits
}

// Naming sets a function that f calls with the name of its temporary file before the file
// gets it. If the function returns an error, the file gets no name.
func (f *File) Naming(call func(temp string) error) { f.naming = call }

// Summing lets f compute the checksum while [File.Write] writes, so that Stage does not
// have to read the file.
func (f *File) Summing() { f.written = sha256.New() }

// Stage completes the file without renaming it. The caller then owns the file, and Commit
// and Discard do nothing. After an error the path is unchanged. While Stage waits for the
// disk, Discard removes the file. If sum is true, Stage computes the checksum.
func (f *File) Stage(sum bool) (s Staged, err error) {
	if f.target == "" {
		return s, f.failed(errors.New("is no regular file, which alone can be put in its place with others"))
	}
	info, err := f.f.Stat()
	if err == nil && sum {
		s.SHA256, err = f.sum()
	}
	if errors.Is(err, os.ErrClosed) { // Discard closed the file while it was read
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

// sum returns the checksum of the written bytes. It reads the file if necessary.
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

// Private gives the file the mode 0600.
func (f *File) Private() { f.place.mode = 0o600 }

// Exclusive makes Commit fail if the path exists by then.
func (f *File) Exclusive() { f.exclusive = true }

// Target returns the path that the file will have, without links. It is empty if the file
// is written directly.
func (f *File) Target() string { return f.target }
