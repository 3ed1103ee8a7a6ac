// Package exportstate moves the files of an export to their places in one transaction, and
// keeps what the next export needs.
//
// Many files cannot be renamed in a single step. So a journal in their folder lists all of
// them, and is completed before the first rename. After a crash the next run finishes the
// renames if the journal is complete, and otherwise removes the new files. Either all files
// are new, or all are old.
//
//	tx, repaired, err := exportstate.Begin(ctx, exportstate.Options{Homes: homes})
//	defer tx.Close()
//	file.Naming(func(temp string) error { return tx.Naming(temp, target) })
//	staged, err := file.Stage(true)
//	err = tx.Add(staged)
//	...
//	err = tx.Commit()
//
// The order of a commit:
//
//  1. While the files are written, the journal lists each temporary name before a file
//     has it. Every file is on the disk before it counts as staged.
//  2. Folders that the files need are listed and made.
//  3. The journal gets its last line, the sum of all others, and is on the disk. From
//     here on the new files are the ones that count.
//  4. The files are renamed, the state after them, the manifest last.
//  5. The journal is removed.
//
// A [State] has the value of a column up to which each source has been exported. A
// [Manifest] describes the files that belong together.
package exportstate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
)

// A Home is a place for a lock and a journal: next to a state file, a manifest, or the
// files of a template. Two runs with a common home exclude each other.
type Home struct {
	Folder string // absolute and without links
	Base   string // the base of the names of the lock and the journal
	Called string // the option and the path, for messages
}

// HomeOf returns the home of a file.
func HomeOf(called, path string) Home {
	resolved := output.Resolve(path)
	return Home{Folder: filepath.Dir(resolved), Base: filepath.Base(resolved), Called: called + " " + output.Sanitize(path)}
}

func (h Home) journal() string { return h.file("journal") }
func (h Home) lock() string    { return h.file("lock") }

func (h Home) file(kind string) string {
	return filepath.Join(h.Folder, "."+h.Base+"."+kind)
}

// Options are the options of a transaction.
type Options struct {
	// Homes are the homes of the run. The journal is in the first one; each other one has a
	// file that points to it.
	Homes []Home
	// Wait is how long Begin waits for the locks of other runs; 0 means not at all.
	Wait time.Duration
	// Step, if set, is called after each step that changes something on the disk. Tests end
	// the process there.
	Step func(name string)
}

func (o Options) step(name string) {
	if o.Step != nil {
		o.Step(name)
	}
}

// An InUse is the error if another run has one of the homes.
type InUse struct {
	Home Home
	By   string // empty if it is not known
}

func (e *InUse) Error() string {
	by := e.By
	if by == "" {
		by = "a process that is not known"
	}
	return fmt.Sprintf("%s: another run is at work with it (%s)", e.Home.Called, by)
}

// Begin takes the locks of all homes, and completes or undoes what an earlier run has left
// there. The repairs are lines for the user. The caller calls Close at the end.
func Begin(ctx context.Context, o Options) (tx *Tx, repairs []string, err error) {
	tx = &Tx{o: o, made: map[string]bool{}}
	homes := slices.Clone(o.Homes)
	slices.SortFunc(homes, func(a, b Home) int { // in the same order in all runs, so that two runs never wait for each other
		return strings.Compare(a.lock(), b.lock())
	})
	homes = slices.CompactFunc(homes, func(a, b Home) bool { return a.lock() == b.lock() })
	deadline := time.Now().Add(o.Wait)
	for _, h := range homes {
		unlock, err := process.LockNamed(ctx, h.lock(), max(time.Until(deadline), 0))
		if held, ok := errors.AsType[*process.HeldError](err); ok {
			err = &InUse{h, held.Holder}
		} else if err != nil {
			err = fmt.Errorf("%s: %w", h.Called, err)
		}
		if err != nil {
			return nil, nil, errors.Join(err, tx.Close())
		}
		tx.unlock = append(tx.unlock, unlock)
	}
	for _, h := range o.Homes {
		line, err := repair(h)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("%s: %w", h.Called, err), tx.Close())
		}
		if line != "" {
			repairs = append(repairs, line)
		}
	}
	return tx, repairs, nil
}
