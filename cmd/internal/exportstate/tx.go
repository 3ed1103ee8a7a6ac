// One commit of several files.

package exportstate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/fanql/fanql/cmd/internal/output"
)

// A Tx is a transaction: its files are renamed together. Discard and Naming are safe for
// concurrent use; the other methods must be called from one goroutine.
type Tx struct {
	o      Options
	unlock []func() error

	mu       sync.Mutex
	journal  *journal // nil until there is something to list
	staged   []output.Staged
	removals []string
	folders  []string // the folders that were made, in this order
	made     map[string]bool
	decided  bool // the journal is complete: the new files count
	over     bool // discarded, or committed
}

var errDiscarded = errors.New("was taken back before it was complete")

// Naming lists a temporary file before it has its name. It is safe for concurrent use.
func (tx *Tx) Naming(temp, target string) (err error) {
	if temp, err = filepath.Abs(temp); err == nil {
		target, err = filepath.Abs(target)
	}
	if err != nil {
		return err
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.list(entry{Temp: temp, Target: target})
}

// list adds an entry to the journal, which it creates if necessary. The caller holds the
// lock.
func (tx *Tx) list(e entry) (err error) {
	if tx.over {
		return errDiscarded
	}
	if tx.journal == nil {
		if tx.journal, err = begin(tx.o); err != nil {
			return fmt.Errorf("the journal %s: %w", output.Sanitize(tx.o.Homes[0].journal()), output.Cause(err))
		}
	}
	if err := tx.journal.add(e); err != nil {
		return fmt.Errorf("the journal %s: %w", output.Sanitize(tx.o.Homes[0].journal()), output.Cause(err))
	}
	tx.o.step("listed")
	return nil
}

// Add adds a staged file, which the transaction then owns. Files are renamed in the order
// in which they are added.
func (tx *Tx) Add(s output.Staged) error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.over {
		return errors.Join(errDiscarded, absent(os.Remove(s.Temp)))
	}
	tx.staged = append(tx.staged, s)
	tx.o.step("staged")
	return nil
}

// Remove lists a file for removal at the commit, because it no longer belongs to the
// result.
func (tx *Tx) Remove(path string) error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.removals = append(tx.removals, path)
	return tx.list(entry{Remove: path})
}

// Commit renames all files. Until the journal is complete, an error leaves everything as it
// was. After that the error is an [Unfinished], and the next run makes the remaining
// changes. If both Commit and Discard are called, the first call counts.
func (tx *Tx) Commit() error {
	if err := tx.prepare(); err != nil {
		return errors.Join(err, tx.Discard())
	}
	if err := tx.decide(); err != nil {
		return errors.Join(err, tx.Discard())
	}
	done := 0
	if err := tx.rename(&done); err != nil {
		return &Unfinished{Done: done, All: len(tx.staged), Err: err}
	}
	return tx.journal.remove()
}

// An Unfinished error says that the new files count, although not all of them have been
// renamed.
type Unfinished struct {
	Done, All int
	Err       error
}

func (e *Unfinished) Error() string {
	return fmt.Sprintf("%d of %d files are in their places, and the next run with the same files completes them: %v", e.Done, e.All, e.Err)
}

// Unwrap returns the cause.
func (e *Unfinished) Unwrap() error { return e.Err }

// prepare makes the folders, and writes the journal so far to the disk.
func (tx *Tx) prepare() error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.over {
		return errDiscarded
	}
	for _, s := range tx.staged {
		if err := tx.makeFolder(filepath.Dir(s.Target)); err != nil {
			return err
		}
	}
	if tx.journal == nil { // there is no file at all
		return tx.list(entry{})
	}
	return nil
}

// makeFolder makes a folder and its missing parents, with the modes of the umask. It lists
// each folder first.
func (tx *Tx) makeFolder(path string) error {
	if tx.made[path] {
		return nil
	}
	tx.made[path] = true
	_, err := os.Lstat(path)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := tx.makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := tx.list(entry{Folder: path}); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil {
		return fmt.Errorf("folder %q: %w", output.Sanitize(path), output.Cause(err))
	}
	tx.folders = append(tx.folders, path)
	tx.o.step("folder made")
	return nil
}

// decide completes the journal: from then on the new files count.
func (tx *Tx) decide() error {
	var places []string
	for _, s := range tx.staged {
		places = append(places, filepath.Dir(s.Temp), filepath.Dir(s.Target))
	}
	for _, f := range tx.folders {
		places = append(places, filepath.Dir(f))
	}
	if err := syncFolders(places); err != nil {
		return err
	}
	tx.o.step("folders synced")
	if err := tx.journal.sync(); err != nil {
		return err
	}
	tx.o.step("journal synced")
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.over {
		return errDiscarded
	}
	if err := tx.journal.decide(); err != nil {
		return err
	}
	tx.decided, tx.over = true, true
	tx.o.step("decided")
	return nil
}

// rename renames the files and counts them. The last one is on the disk only after all
// others are.
func (tx *Tx) rename(done *int) error {
	var places []string
	for i, s := range tx.staged {
		if i == len(tx.staged)-1 {
			if err := tx.removeOld(); err != nil {
				return err
			}
			if err := syncFolders(places); err != nil {
				return err
			}
			tx.o.step("folders synced")
		}
		if err := os.Rename(s.Temp, s.Target); err != nil {
			return fmt.Errorf("%s: %w", output.Sanitize(s.Target), output.Cause(err))
		}
		*done++
		places = append(places, filepath.Dir(s.Target), filepath.Dir(s.Temp))
		tx.o.step("renamed")
	}
	err := syncFolders(places)
	tx.o.step("folders synced")
	return err
}

func (tx *Tx) removeOld() error {
	for _, path := range tx.removals {
		if err := absent(os.Remove(path)); err != nil {
			return fmt.Errorf("%s: %w", output.Sanitize(path), output.Cause(err))
		}
		tx.o.step("removed")
	}
	return nil
}

// Discard removes all staged files, unless the new files already count.
func (tx *Tx) Discard() (err error) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.over {
		return nil
	}
	tx.over = true
	for _, s := range tx.staged {
		err = errors.Join(err, absent(os.Remove(s.Temp)))
	}
	for i := len(tx.folders) - 1; i >= 0; i-- {
		_ = os.Remove(tx.folders[i]) // what somebody has put something into stays
	}
	if tx.journal != nil {
		err = errors.Join(err, tx.journal.remove())
	}
	return err
}

// Close releases the locks. It may be called twice, and on nil.
func (tx *Tx) Close() (err error) {
	if tx == nil {
		return nil
	}
	for i := len(tx.unlock) - 1; i >= 0; i-- {
		err = errors.Join(err, tx.unlock[i]())
	}
	tx.unlock = nil
	return err
}

// absent returns nil for the error that a file to remove does not exist.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
