// The file of a result, which appears completely or not at all.

package output

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/fanql/fanql/sources/leftover"
	"github.com/fanql/fanql/sources/trust"
)

// A File is written in the folder of its path. [File.Commit] moves it to the path. Until
// then, and after [File.Discard], the path is unchanged. Until then the file has no name,
// so that a killed process leaves nothing; if the file system does not support that, its
// name is .NAME.*.tmp. If the path is not a regular file (/dev/null, a FIFO) or is an open
// file (/dev/stdout), the File writes directly to it, and nothing can be undone.
type File struct {
	screen *Screen // the screen of f, if f is a terminal
	f      *os.File
	name   string       // flag and path as the user gave them, fit for errors
	target string       // the path that Commit replaces; empty if f is written directly
	named  bool         // the temporary file has a name from the beginning
	temp   string       // the name of the temporary file; empty if it has none
	place  place        // the mode and the owner that the file gets there
	sync   func() error // f.Sync
	hold   func()       // after the call, a sweep may remove the temporary file
	within string       // the folder of the temporary file, if it is not the target's
	// naming, if set, is called with the name of the temporary file before the file gets
	// it.
	naming func(temp string) error
	// written is the hash of the written bytes; nil if it is not needed.
	written hash.Hash
	// exclusive says that Commit replaces nothing.
	exclusive bool

	ending sync.Mutex // Commit and Discard may be called from two goroutines
	stage  stage
}

// A stage is the progress of a file.
type stage uint8

const (
	unfinished stage = iota // not completely written
	syncing                 // Commit waits for the disk; Discard does not wait
	finished
)

// CreateFor checks that a path can be written, and changes nothing there. Called is the
// user's name of the option, for errors. It follows links, so that a link stays a link. The
// new file gets the mode, owner and group of a file that it replaces, as far as [place]
// says. In a folder that others may write to, it refuses links and files of other users.
// Opening a FIFO waits for its reader, as in a shell, until ctx ends. The caller calls
// Commit or Discard.
func CreateFor(ctx context.Context, called, path string) (*File, error) {
	if path == "" {
		return nil, fmt.Errorf("%s: the file has no name", called)
	}
	f := &File{name: called + " " + Sanitize(path)}
	if err := trust.Links(path); err != nil {
		return nil, f.failed(err)
	}
	target, err := follow(path)
	if err != nil {
		return nil, f.failed(err)
	}
	folder, base := filepath.Split(target)
	if number, ok := descriptor(target); ok {
		if f.f, err = duplicate(number); err != nil {
			return nil, f.failed(err)
		}
		return f.onScreen(), nil
	}
	var replaced fs.FileInfo
	switch info, err := os.Lstat(target); {
	case err == nil && info.IsDir():
		return nil, f.failed(errors.New("is a folder: name a file in it"))
	case err == nil && info.Mode()&fs.ModeSymlink != 0 && !strings.HasPrefix(target, "/proc/"):
		return nil, f.failed(errors.New("became a link just now: run the command once more"))
	case err == nil:
		if err := refuse(folder, info); err != nil {
			return nil, f.failed(err)
		}
		if !info.Mode().IsRegular() {
			if f.f, err = openSpecial(ctx, target, info); err != nil {
				return nil, f.failed(err)
			}
			return f.onScreen(), nil
		}
		if err := writable(target); err != nil {
			return nil, f.failed(err)
		}
		replaced = info
	case !errors.Is(err, fs.ErrNotExist):
		return nil, f.failed(err)
	case base == "":
		return nil, f.failed(errors.New("is not the name of a file"))
	}
	f.target = target
	if err := f.open(folder, base, replaced); err != nil {
		return nil, f.failed(fmt.Errorf("no file can be created in folder %q: %w", Sanitize(filepath.Clean(folder)), Cause(err)))
	}
	return f, nil
}

// open creates the temporary file. Others have no access to it until Commit sets its mode
// and owner. The file is created with 0666 first, because only that shows the mode that the
// umask and the folder allow.
func (f *File) open(folder, base string, replaced fs.FileInfo) (err error) {
	leftover.Sweep(filepath.Clean(folder), func(name string) bool { return isTemporary(name, front(base)) })
	return f.begin(replaced)
}

// begin is open without removing files that killed runs have left.
func (f *File) begin(replaced fs.FileInfo) (err error) {
	info, err := f.temporary()
	if err != nil {
		return err
	}
	if f.place, err = placeOf(f.f, f.folder(), info, replaced); err != nil {
		return errors.Join(err, f.Discard())
	}
	return nil
}

// folder returns the folder of the temporary file: the folder of the target, or one above
// it.
func (f *File) folder() string {
	if f.within != "" {
		return f.within
	}
	return filepath.Dir(f.target)
}

// front returns the beginning of the names of temporary files for a name.
func front(base string) string { return fmt.Sprintf(".%.200s.", base) }

// IsTemporary reports whether a path is the path of a temporary file of fanql, for any
// target.
func IsTemporary(path string) bool {
	name := filepath.Base(path)
	stem, _ := strings.CutSuffix(name, ".tmp")
	at := strings.LastIndexByte(stem, '.')
	return at > 0 && name[0] == '.' && isTemporary(name, stem[:at+1])
}

// isTemporary reports whether a name is the name of a temporary file that begins with
// front. A run that was killed left it.
func isTemporary(name, front string) bool {
	digits, ok := strings.CutPrefix(name, front)
	digits, ours := strings.CutSuffix(digits, ".tmp")
	_, err := strconv.ParseUint(digits, 16, 64)
	return ok && ours && err == nil && len(digits) == 16
}

// follow resolves the symbolic links of a path. The last link may name a file that does not
// exist. The folder of the result exists.
func follow(path string) (string, error) {
	for range 40 {
		folder, base := filepath.Split(path)
		if folder == "" {
			folder = "."
		}
		real, err := filepath.EvalSymlinks(folder)
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("folder %q does not exist", Sanitize(filepath.Clean(folder)))
		}
		if errors.Is(err, syscall.ENOTDIR) {
			return "", fmt.Errorf("%q is not a folder", Sanitize(filepath.Clean(folder)))
		}
		if err != nil {
			return "", err
		}
		path = real + string(filepath.Separator) + base
		link, err := os.Readlink(path)
		if err != nil || strings.HasPrefix(path, "/proc/") {
			return path, nil // not a link, or a link to an open file
		}
		if !filepath.IsAbs(link) {
			link = real + string(filepath.Separator) + link
		}
		path = link
	}
	return "", errors.New("too many symbolic links")
}

// Resolve returns the path that a file of this path would be written to: two of
// them are the same file if they resolve to the same.
func Resolve(path string) string {
	if target, err := follow(path); err == nil {
		path = target
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}

// descriptor returns the number of an open file that a path stands for, such as
// that of /dev/stdout.
func descriptor(path string) (number int, ok bool) {
	switch path {
	case "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	folder, base := filepath.Split(path)
	if folder != "/dev/fd/" && folder != "/proc/self/fd/" && folder != fmt.Sprintf("/proc/%d/fd/", os.Getpid()) {
		return 0, false
	}
	number, err := strconv.Atoi(base)
	return number, err == nil && number >= 0
}

// onScreen sets the screen if the file is a terminal.
func (f *File) onScreen() *File {
	f.screen, _ = ForTerminal(f.f).(*Screen)
	return f
}

// Screen returns the screen if the file is a terminal, and nil otherwise.
func (f *File) Screen() *Screen { return f.screen }

// Direct reports whether writes go directly to the path and cannot be undone.
func (f *File) Direct() bool { return f.target == "" }

func (f *File) Write(p []byte) (int, error) {
	w := io.Writer(f.f)
	if f.screen != nil {
		w = f.screen
	}
	n, err := w.Write(p)
	if f.written != nil {
		f.written.Write(p[:n])
	}
	if err != nil {
		err = f.failed(err)
	}
	return n, err
}

// Commit writes the file to the disk and then renames it to its path. After an error the
// path is unchanged. Commit and Discard are safe for concurrent use: the first call counts,
// and the other one waits for it. But while Commit waits for the disk, Discard removes the
// file.
func (f *File) Commit() error {
	f.ending.Lock()
	defer f.ending.Unlock()
	defer f.release()
	if f.stage != unfinished {
		return nil
	}
	f.stage = finished
	if f.target == "" {
		return f.failed(f.f.Close())
	}
	err := errors.Join(f.place.give(f.f), f.synced())
	there := false
	switch {
	case err == nil && f.exclusive:
		there, err = true, f.linkNew()
	case err == nil && f.temp == "":
		there, err = f.link()
	}
	if err = errors.Join(err, f.f.Close()); err == nil && !there {
		err = os.Rename(f.temp, f.target)
	}
	if err != nil {
		return f.failed(errors.Join(err, f.remove()))
	}
	return f.failed(SyncFolder(f.folder()))
}

var errTakenBack = errors.New("was taken back before it was on the disk")

// synced waits for the disk, with ending unlocked: a slow disk must not delay a process
// that has to exit at once, and the temporary file must not remain.
func (f *File) synced() error {
	f.stage = syncing
	f.ending.Unlock()
	err := f.sync()
	f.ending.Lock()
	if f.stage == finished {
		err = errTakenBack
	}
	f.stage = finished
	return err
}

func (f *File) release() {
	if f.hold != nil {
		f.hold()
	}
}

// remove removes the temporary file, if it has a name and Discard has not.
func (f *File) remove() error {
	if f.temp == "" {
		return nil
	}
	if err := os.Remove(f.temp); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// SyncFolder makes new names in a folder durable; not every file system can.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) { // a folder may be writable and not readable
		return nil
	}
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}

// Discard removes what was written. After Commit it does nothing, so that it
// can be deferred.
func (f *File) Discard() error {
	f.ending.Lock()
	defer f.ending.Unlock()
	defer f.release()
	was := f.stage
	f.stage = finished
	var err error
	switch {
	case was == syncing: // Commit closes the file
		err = f.remove()
	case was == unfinished && f.target == "":
		err = f.f.Close()
	case was == unfinished:
		err = errors.Join(f.f.Close(), f.remove())
	}
	return f.failed(err)
}

// failed adds the file to an error, in the user's words and not with the temporary name.
func (f *File) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", f.name, Cause(err))
}

// Cause removes the operation and the path from an error, for messages that name the file
// in the user's words.
func Cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// DecodeCause returns the reason of a JSON error for messages. An error about a value of
// another type would name types of this program, which mean nothing to a user.
func DecodeCause(err error) error {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return errors.New("it is JSON of something else")
	}
	return err
}
