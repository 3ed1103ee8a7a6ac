// Completes or undoes an export of a run that was killed.

package exportstate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/trust"
)

// repair looks for a journal in a home. The caller holds the home's lock. It returns a line
// about what it did, or an empty line if there was nothing to do.
func repair(h Home) (line string, err error) {
	path := h.journal()
	text, err := readOurs(path)
	if text == nil || err != nil {
		return "", err
	}
	r := parse(text)
	if len(r.entries) > 0 && r.entries[0].At != "" { // it points to a journal
		at := r.entries[0].At
		text, err := readOurs(at)
		if err != nil {
			return "", fmt.Errorf("the journal %s: %w", output.Sanitize(at), err)
		}
		if r := parse(text); !isJournal(at) || len(r.entries) == 0 || r.entries[0].Version == 0 { // that run ended normally
			return "", absent(os.Remove(path))
		}
		path, r = at, parse(text)
	}
	if len(r.entries) == 0 { // not even its first line
		return "", absent(os.Remove(path))
	}
	if v := r.entries[0].Version; v != version {
		return "", fmt.Errorf("the journal %s is of version %d, and this fanql knows %d: run the version that wrote it once more", output.Sanitize(path), v, version)
	}
	head := r.entries[0]
	run := fmt.Sprintf("a run that was ended (pid %d on %s", head.PID, head.Host)
	if head.Started != nil {
		run += ", " + head.Started.Format(time.RFC3339)
	}
	run += ")"
	if r.whole {
		line, err = r.complete(run)
	} else {
		line, err = r.undo(run)
	}
	if err != nil {
		return "", err
	}
	if err := absent(os.Remove(path)); err != nil {
		return "", err
	}
	for _, other := range head.Others {
		if text, err := readOurs(other); isJournal(other) && err == nil && leads(text, path) {
			if err := absent(os.Remove(other)); err != nil {
				return "", err
			}
		}
	}
	return h.Called + ": " + line, syncFolders([]string{filepath.Dir(path)})
}

// isJournal reports whether a path is the path of a journal, or of a file that points to
// one.
func isJournal(path string) bool {
	name := filepath.Base(path)
	return name[0] == '.' && filepath.Ext(name) == ".journal"
}

// leads reports whether a text points to the journal.
func leads(text []byte, journal string) bool {
	r := parse(text)
	return len(r.entries) == 1 && r.entries[0].At == journal
}

// readOurs reads a file. It refuses a file that another user can have written, because a
// journal says what is renamed and removed. It returns nil if there is no file.
func readOurs(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (!info.Mode().IsRegular() || !trust.Ours(info) || trust.Exposed(info)) {
		err = fmt.Errorf("%s is not a journal that you alone can write: remove it if you know where it is from", output.Sanitize(path))
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was only read
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, errors.Join(err, errors.New("it was replaced just now"))
	}
	text, err := io.ReadAll(f)
	if text == nil {
		text = []byte{}
	}
	return text, err
}

// complete makes the changes of a complete journal that the run had not yet made.
func (r record) complete(run string) (string, error) {
	files, places := 0, []string{}
	for _, e := range r.entries {
		switch {
		case e.Folder != "":
			if err := os.MkdirAll(e.Folder, 0o777); err != nil {
				return "", err
			}
		case e.Temp != "":
			if !output.IsTemporary(e.Temp) {
				return "", fmt.Errorf("the journal names %s as a temporary file, which it is not: remove the journal if you know where it is from", output.Sanitize(e.Temp))
			}
			if _, err := os.Lstat(e.Temp); errors.Is(err, fs.ErrNotExist) { // it was renamed
				files++
				continue
			}
			if err := os.Rename(e.Temp, e.Target); err != nil {
				return "", fmt.Errorf("%s: %w", output.Sanitize(e.Target), output.Cause(err))
			}
			files++
			places = append(places, filepath.Dir(e.Target), filepath.Dir(e.Temp))
		}
	}
	for _, e := range r.entries {
		if e.Remove != "" {
			if err := absent(os.Remove(e.Remove)); err != nil {
				return "", err
			}
		}
	}
	return fmt.Sprintf("%s had all files ready: those of its %d that were missing are in their places now", run, files), syncFolders(places)
}

// undo removes the temporary files of a run whose journal is not complete.
func (r record) undo(run string) (string, error) {
	files := 0
	for _, e := range r.entries {
		if e.Temp == "" || !output.IsTemporary(e.Temp) {
			continue
		}
		err := os.Remove(e.Temp)
		if absent(err) != nil {
			return "", err
		}
		if err == nil {
			files++
		}
	}
	for i := len(r.entries) - 1; i >= 0; i-- {
		if folder := r.entries[i].Folder; folder != "" {
			_ = os.Remove(folder) // a folder that is no longer empty stays
		}
	}
	return fmt.Sprintf("%s was not complete: the files are as they were before it, and %d temporary ones are removed", run, files), nil
}
