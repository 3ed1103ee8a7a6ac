// The file that a result goes to: there in full, or not at all.

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

// A File is written beside its path and takes its place by [File.Commit]; until then,
// and after [File.Discard], the path is as it was. It has no name until then, so that
// nothing is left where the process is killed, or, where the file system has no such
// files, the name .NAME.*.tmp. A
// path that names no regular file (/dev/null, a FIFO), or a file that is open
// already (/dev/stdout, behind whatever others write to it), is written directly,
// and nothing of it can be taken back.
type File struct {
	screen *Screen // what f is, if it is a terminal
	f      *os.File
	name   string       // flag and path as the user gave them, fit for errors
	target string       // what Commit replaces; empty where written directly
	named  bool         // the temporary file has a name from the beginning
	temp   string       // that name; empty for none
	place  place        // what the file gets there
	sync   func() error // f.Sync
	hold   func()       // ends the time in which the temporary file is not swept
	within string       // folder of the temporary file, where that is not the target's
	// naming, where set, is called with the name of the temporary file before it has it.
	naming func(temp string) error
	// written is of what Write wrote; nil where nobody wants it.
	written hash.Hash
	// exclusive says that Commit replaces nothing.
	exclusive bool

	ending sync.Mutex // Commit and Discard may come from two sides
	stage  stage
}

// A stage is how far a file is on its way.
type stage uint8

const (
	unfinished stage = iota // being written, or to be
	syncing                 // Commit waits for the disk, and Discard need not
	finished
)

// CreateFor finds out whether the path can be written that an option gives, which
// errors call so, and changes nothing there.
// Links are followed, so that a link stays one; a file that will be replaced passes
// on its mode, owner and group, as far as [place] says. In a folder that others may
// write to, links and files of other users are refused. Opening a FIFO waits for its
// reader, as a shell does, until ctx ends.
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

// open creates the temporary file, which is closed to others until Commit gives it
// what its place says. What the umask and the folder leave of 0666, only creating it
// tells.
func (f *File) open(folder, base string, replaced fs.FileInfo) (err error) {
	leftover.Sweep(filepath.Clean(folder), func(name string) bool { return isTemporary(name, front(base)) })
	return f.begin(replaced)
}

// begin is open without a look at what others have left.
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

// folder is where the temporary file is: where the target is, or above it.
func (f *File) folder() string {
	if f.within != "" {
		return f.within
	}
	return filepath.Dir(f.target)
}

// front is what the names of temporary files for a name begin with.
func front(base string) string { return fmt.Sprintf(".%.200s.", base) }

// IsTemporary reports whether a path is that of a temporary file of ours, for whatever
// name.
func IsTemporary(path string) bool {
	name := filepath.Base(path)
	stem, _ := strings.CutSuffix(name, ".tmp")
	at := strings.LastIndexByte(stem, '.')
	return at > 0 && name[0] == '.' && isTemporary(name, stem[:at+1])
}

// isTemporary reports whether a name is that of a temporary file of ours that begins
// so: a run that was killed left it.
func isTemporary(name, front string) bool {
	digits, ok := strings.CutPrefix(name, front)
	digits, ours := strings.CutSuffix(digits, ".tmp")
	_, err := strconv.ParseUint(digits, 16, 64)
	return ok && ours && err == nil && len(digits) == 16
}

// follow returns the path that a path leads to through symbolic links, of which
// the last may name a file that does not exist yet. Its folder exists.
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
			return path, nil // no link, or one that leads to an open file
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

// onScreen finds out whether what is written directly is a terminal.
func (f *File) onScreen() *File {
	f.screen, _ = ForTerminal(f.f).(*Screen)
	return f
}

// Screen returns the terminal that the file is, or nil.
func (f *File) Screen() *Screen { return f.screen }

// Direct reports whether what is written cannot be taken back.
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

// Commit puts the file in its place, on the disk before it has its name. After
// an error the path is as it was. Of Commit and Discard the first one counts,
// from whatever goroutine, and the other waits for it; but while Commit waits for
// the disk, Discard takes the file back.
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

// synced waits for the disk, with ending unlocked: a slow one must not keep a
// process that is to leave at once, nor leave the temporary file behind.
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
	if errors.Is(err, fs.ErrPermission) { // one may write into it and not read it
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
	case was == syncing: // Commit closes it
		err = f.remove()
	case was == unfinished && f.target == "":
		err = f.f.Close()
	case was == unfinished:
		err = errors.Join(f.f.Close(), f.remove())
	}
	return f.failed(err)
}

// failed says which file an error is about, in the user's words rather than by
// the temporary name.
func (f *File) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", f.name, Cause(err))
}

// Cause takes the operation and the path off an error, for messages that name the file in
// the user's words.
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

// DecodeCause returns why JSON was not what was expected, for messages: an error about a
// value of another type names types of this program, which tell a user nothing.
func DecodeCause(err error) error {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return errors.New("it is JSON of something else")
	}
	return err
}
