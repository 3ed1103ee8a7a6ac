//go:build unix

// Transactions: what they undo, which run waits for which, and journals that must not be trusted.

package exportstate

import (
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
)

// oneHome returns the home of the files in a folder.
func oneHome(folder string) []Home {
	return []Home{{Folder: output.Resolve(folder), Base: "x", Called: "-o x"}}
}

func begun(t *testing.T, o Options) *Tx {
	t.Helper()
	tx, lines, err := Begin(t.Context(), o)
	if err != nil || len(lines) > 0 {
		t.Fatalf("%q (%v)", lines, err)
	}
	t.Cleanup(func() { _ = errors.Join(tx.Discard(), tx.Close()) })
	return tx
}

// add stages a file with the text "new".
func add(t *testing.T, tx *Tx, path string) {
	t.Helper()
	f, err := output.CreateFor(t.Context(), "-o", path)
	if err != nil {
		t.Fatal(err)
	}
	f.Naming(func(temp string) error { return tx.Naming(temp, f.Target()) })
	if _, err = io.WriteString(f, "new"); err != nil {
		t.Fatal(err)
	}
	staged, err := f.Stage(false)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Add(staged); err != nil {
		t.Fatal(err)
	}
}

func TestFilesComeTogetherOrNotAtAll(t *testing.T) {
	for name, commit := range map[string]bool{"committed": true, "discarded": false} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			at := func(name string) string { return filepath.Join(folder, name) }
			if err := os.WriteFile(at("a"), []byte("old"), 0o640); err != nil {
				t.Fatal(err)
			}
			tx := begun(t, Options{Homes: oneHome(folder)})
			add(t, tx, at("a"))
			add(t, tx, at("b"))
			first, second := tx.Commit, tx.Discard
			want := map[string]string{"a": "new", "b": "new"}
			if !commit {
				first, want = tx.Discard, map[string]string{"a": "old"}
			}
			if err := errors.Join(first(), second(), tx.Close()); err != nil {
				t.Error(err)
			}
			if got := content(t, folder); !maps.Equal(got, want) {
				t.Errorf("there is %q", got)
			}
			if !commit {
				if err := tx.Commit(); !errors.Is(err, errDiscarded) {
					t.Errorf("after Discard, Commit says %v", err)
				}
			}
			if _, err := os.Lstat(at(".x.lock")); err == nil {
				t.Error("the lock file was not removed")
			}
		})
	}
}

// A second signal ends the process at once. Files that are staged at that moment are removed too.
func TestWhatIsStagedAfterADiscardIsRemoved(t *testing.T) {
	folder := t.TempDir()
	tx := begun(t, Options{Homes: oneHome(folder)})
	add(t, tx, filepath.Join(folder, "a"))
	temp := filepath.Join(folder, ".b.0123456789abcdef.tmp")
	if err := os.WriteFile(temp, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tx.Discard(); err != nil {
		t.Error(err)
	}
	if err := tx.Add(output.Staged{Temp: temp, Target: filepath.Join(folder, "b")}); !errors.Is(err, errDiscarded) {
		t.Error(err)
	}
	if err := tx.Naming(temp, "b"); !errors.Is(err, errDiscarded) {
		t.Error(err)
	}
	if got := content(t, folder); len(got) > 0 {
		t.Errorf("there is %q", got)
	}
}

func TestAnErrorBeforeTheJournalIsWholeTakesAllBack(t *testing.T) {
	folder := t.TempDir()
	tx := begun(t, Options{Homes: oneHome(folder)})
	add(t, tx, filepath.Join(folder, "a"))
	// The folder cannot be made, since a file has its name.
	if err := os.WriteFile(filepath.Join(folder, "sub"), []byte("file"), 0o600); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(folder, ".b.0123456789abcdef.tmp")
	if err := errors.Join(tx.Naming(temp, ""), os.WriteFile(temp, nil, 0o600), tx.Add(output.Staged{Temp: temp, Target: filepath.Join(folder, "sub", "deep", "b")})); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("no error")
	}
	if got := content(t, folder); !maps.Equal(got, map[string]string{"sub": "file"}) {
		t.Errorf("there is %q", got)
	}
}

func TestAnErrorAfterThatIsCompletedByTheNextRun(t *testing.T) {
	folder := t.TempDir()
	tx := begun(t, Options{Homes: oneHome(folder)})
	add(t, tx, filepath.Join(folder, "a"))
	add(t, tx, filepath.Join(folder, "b"))
	if err := errors.Join(tx.prepare(), tx.decide()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "b"), 0o700); err != nil { // this folder is in the way
		t.Fatal(err)
	}
	done := 0
	if err := tx.rename(&done); err == nil || done != 1 {
		t.Fatalf("%d (%v)", done, err)
	}
	if err := errors.Join(tx.Discard(), tx.Close()); err != nil { // neither changes anything now
		t.Fatal(err)
	}
	if _, _, err := Begin(t.Context(), Options{Homes: oneHome(folder)}); err == nil || !strings.Contains(err.Error(), "file exists") && !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("with something in the way: %v", err)
	}
	if err := os.Remove(filepath.Join(folder, "b")); err != nil {
		t.Fatal(err)
	}
	lines := repairIn(t, oneHome(folder))
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "-o x: a run that was ended (pid ") || !strings.Contains(lines[0], "had all files ready: those of its 2 that were missing are in their places now") {
		t.Errorf("%q", lines)
	}
	if got := content(t, folder); !maps.Equal(got, map[string]string{"a": "new", "b": "new"}) {
		t.Errorf("there is %q", got)
	}
}

func TestTwoRunsWithOneFileInCommon(t *testing.T) {
	folder := t.TempDir()
	home := func(names ...string) (homes []Home) {
		for _, n := range names {
			homes = append(homes, HomeOf("--state", filepath.Join(folder, n)))
		}
		return homes
	}
	first := begun(t, Options{Homes: home("a", "s")})
	_, _, err := Begin(t.Context(), Options{Homes: home("s", "b")})
	used, ok := errors.AsType[*InUse](err)
	if !ok || !strings.HasPrefix(err.Error(), "--state "+filepath.Join(folder, "s")+": another run is at work with it (pid ") || used.Home.Base != "s" {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(folder, ".b.lock")); err == nil {
		t.Error("a lock that was taken before was not released")
	}
	begun(t, Options{Homes: home("b")}) // it shares no file with the first
	closed := make(chan error, 1)
	time.AfterFunc(100*time.Millisecond, func() { closed <- first.Close() })
	third := begun(t, Options{Homes: home("s", "a", "s"), Wait: 10 * time.Second})
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if len(third.unlock) != 2 {
		t.Errorf("%d locks", len(third.unlock))
	}
}

// A journal lists files to rename and to remove. Other users may be able to write into its folder,
// so it is not trusted.
func TestHostileJournals(t *testing.T) {
	precious := func(t *testing.T) (folder, file string) {
		folder = t.TempDir()
		file = filepath.Join(folder, "precious")
		if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder, file
	}
	for name, c := range map[string]struct {
		text  string
		mode  os.FileMode
		wrong string // the error of Begin
	}{
		"empty":                       {"", 0o600, ""},
		"no JSON":                     {"x\n", 0o600, ""},
		"half a line":                 {`{"fanql_journal":1,"pid":1}`, 0o600, ""},
		"of a later version":          {`{"fanql_journal":2}` + "\n", 0o600, "is of version 2, and this fanql knows 1"},
		"writable by others":          {`{"fanql_journal":1}` + "\n", 0o622, "is not a journal that you alone can write"},
		"removes another file":        {`{"fanql_journal":1}` + "\n" + `{"temp":"PRECIOUS","target":"x"}` + "\n", 0o600, ""},
		"a wrong checksum":            {`{"fanql_journal":1}` + "\n" + `{"remove":"PRECIOUS"}` + "\n" + `{"whole":"00"}` + "\n", 0o600, ""},
		"a link to a missing journal": {`{"fanql_journal":1,"at":"FOLDER/.gone.journal"}` + "\n", 0o600, ""},
		"a link to another file":      {`{"fanql_journal":1,"at":"PRECIOUS"}` + "\n", 0o600, ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder, file := precious(t)
			text := strings.NewReplacer("PRECIOUS", file, "FOLDER", folder).Replace(c.text)
			path := filepath.Join(folder, ".x.journal")
			if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, c.mode)); err != nil {
				t.Fatal(err)
			}
			tx, _, err := Begin(t.Context(), Options{Homes: oneHome(folder)})
			if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%v, want %s", err, c.wrong)
			}
			if err := tx.Close(); err != nil {
				t.Error(err)
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
				t.Errorf("precious has %q (%v)", text, err)
			}
			if _, err := os.Lstat(path); (err == nil) != (c.wrong != "") {
				t.Errorf("the journal: %v", err)
			}
		})
	}
	t.Run("a link", func(t *testing.T) {
		folder, file := precious(t)
		if err := os.Symlink(file, filepath.Join(folder, ".x.journal")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Begin(t.Context(), Options{Homes: oneHome(folder)}); err == nil || !strings.Contains(err.Error(), "is not a journal") {
			t.Error(err)
		}
	})
}

// A run was killed while it wrote a line of the journal. The test cuts the journal at every byte of
// that line.
func TestAJournalThatIsCutIsUndone(t *testing.T) {
	folder := t.TempDir()
	tx := begun(t, Options{Homes: oneHome(folder)})
	add(t, tx, filepath.Join(folder, "a"))
	if err := errors.Join(tx.prepare(), tx.decide()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(folder, ".x.journal"))
	if err != nil || !parse(whole).whole {
		t.Fatalf("%s (%v)", whole, err)
	}
	for n := range len(whole) {
		if r := parse(whole[:n]); r.whole {
			t.Fatalf("of %d bytes, %d are read as a whole journal", len(whole), n)
		}
	}
	for n := range len(whole) - 1 {
		changed := append([]byte(nil), whole...)
		changed[n] ^= 1
		if r := parse(changed); r.whole {
			t.Fatalf("byte %d of %d was changed", n, len(whole))
		}
	}
}
