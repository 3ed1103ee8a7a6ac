// The journal: a list of all renames, new folders and removals, which is written before
// they are made.

package exportstate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"os"
	"slices"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
)

// version is the version of the journal's format.
const version = 1

// An entry is a line of a journal: a JSON object with the fields that are set.
type entry struct {
	Version int        `json:"fanql_journal,omitempty"` // of the first line
	PID     int        `json:"pid,omitempty"`
	Host    string     `json:"host,omitempty"`
	Started *time.Time `json:"started,omitempty"`
	Others  []string   `json:"others,omitempty"` // files that point to this journal
	At      string     `json:"at,omitempty"`     // the path of the journal, in a file that points to it

	Temp   string `json:"temp,omitempty"`
	Target string `json:"target,omitempty"` // the path that the file will be renamed to
	Folder string `json:"folder,omitempty"` // a folder that is made
	Remove string `json:"remove,omitempty"`
	Whole  string `json:"whole,omitempty"` // the checksum of all lines before this one, which is the last
}

// A journal is a journal that is being written.
type journal struct {
	o    Options
	f    *os.File
	sum  hash.Hash
	gone bool
}

// begin creates the journal in the first home, and in the other homes files that point to
// it.
func begin(o Options) (*journal, error) {
	host, _ := os.Hostname()
	now := time.Now().UTC()
	head := entry{Version: version, PID: os.Getpid(), Host: host, Started: &now}
	at := o.Homes[0].journal()
	for _, h := range o.Homes[1:] {
		if other := h.journal(); other != at && !slices.Contains(head.Others, other) {
			head.Others = append(head.Others, other)
		}
	}
	f, err := create(at)
	if err != nil {
		return nil, err
	}
	j := &journal{o: o, f: f, sum: sha256.New()}
	o.step("journal created")
	err = j.add(head)
	for _, other := range head.Others {
		if err == nil {
			err = lead(other, at)
			o.step("leads to the journal")
		}
	}
	if err != nil {
		return nil, errors.Join(err, j.remove())
	}
	return j, nil
}

// create creates a file that only the user can read and write.
func create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// lead creates a file that points to the journal.
func lead(path, journal string) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	line, err := json.Marshal(entry{Version: version, At: journal})
	if err == nil {
		_, err = f.Write(append(line, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// add writes a line.
func (j *journal) add(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	j.sum.Write(line)
	_, err = j.f.Write(line)
	return err
}

// sync writes all lines to the disk, and the names of the journal and of the files that
// point to it.
func (j *journal) sync() error {
	if err := j.f.Sync(); err != nil {
		return err
	}
	var places []string
	for _, h := range j.o.Homes {
		places = append(places, h.Folder)
	}
	return syncFolders(places)
}

// decide writes the last line and syncs it to the disk.
func (j *journal) decide() error {
	if err := j.add(entry{Whole: hex.EncodeToString(j.sum.Sum(nil))}); err != nil {
		return err
	}
	return j.f.Sync()
}

// remove removes the journal, and then the files that point to it. It may be called twice.
func (j *journal) remove() error {
	if j.gone {
		return nil
	}
	j.gone = true
	err := j.f.Close()
	removed := absent(os.Remove(j.o.Homes[0].journal()))
	j.o.step("journal removed")
	err = errors.Join(err, removed, syncFolders([]string{j.o.Homes[0].Folder}))
	if removed != nil {
		return err
	}
	for _, h := range j.o.Homes[1:] {
		err = errors.Join(err, absent(os.Remove(h.journal())))
	}
	j.o.step("leads removed")
	return err
}

// A record is a journal that was read.
type record struct {
	entries []entry
	whole   bool
}

// parse reads the lines of a journal. A last line without an end was cut, and is
// dropped.
func parse(text []byte) (r record) {
	sum := sha256.New()
	for line := range bytes.Lines(text) {
		var e entry
		if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &e) != nil {
			return r
		}
		if e.Whole != "" {
			r.whole = e.Whole == hex.EncodeToString(sum.Sum(nil))
			return r
		}
		sum.Write(line)
		r.entries = append(r.entries, e)
	}
	return r
}

// syncFolders makes names in folders durable.
func syncFolders(paths []string) error {
	for _, path := range slices.Compact(slices.Sorted(slices.Values(paths))) {
		if err := output.SyncFolder(path); err != nil {
			return err
		}
	}
	return nil
}
