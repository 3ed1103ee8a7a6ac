// The files of a set: their names, what is in their way, and what is left afterwards.

package output

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func setOf(t *testing.T, template string, labels ...Labels) (*Set, error) {
	t.Helper()
	p, err := ParseTemplate(template)
	if err != nil {
		t.Fatal(err)
	}
	return NewSet(SetOptions{Called: "-o", Template: p, Date: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), Sources: labels, Sum: true})
}

func named(names ...string) (all []Labels) {
	for _, n := range names {
		all = append(all, Labels{Source: n})
	}
	return all
}

func TestSourcesHaveTheirFiles(t *testing.T) {
	tagged := func(tags ...string) Labels { return Labels{Source: "s" + strings.Join(tags, ""), Tags: tags} }
	for name, c := range map[string]struct {
		template string
		labels   []Labels
		groups   [][]int
		whole    bool
		wrong    string
	}{
		"a file for each source":        {template: "{source}.csv", labels: named("a", "b", "c"), groups: [][]int{{0}, {1}, {2}}},
		"a file for all":                {template: "x-{date}.csv", labels: named("a", "b"), groups: [][]int{{0, 1}}, whole: true},
		"a file for each tag":           {template: "{tag}.csv", labels: []Labels{tagged("x"), tagged("y"), tagged("x")}, groups: [][]int{{0, 2}, {1}}},
		"a folder for each tag":         {template: "{tag}/{source}.csv", labels: []Labels{tagged("x"), tagged("y")}, groups: [][]int{{0}, {1}}},
		"no tag":                        {template: "{tag}.csv", labels: []Labels{tagged("x"), tagged()}, wrong: "-o {tag}.csv: source s has no tag, and {tag} needs one"},
		"two tags":                      {template: "{tag}.csv", labels: []Labels{tagged("x", "y")}, wrong: "-o {tag}.csv: source sxy has the tags x and y, and {tag} needs exactly one"},
		"the same except case":          {template: "o/{source}.csv", labels: named("eu", "EU"), wrong: "-o o/{source}.csv: source eu and source EU would have the same file EU.csv"},
		"the same except accents":       {template: "{source}", labels: named("\u00e9", "e\u0301"), wrong: "would have the same file"},
		"tags except case":              {template: "{tag}", labels: []Labels{tagged("x"), tagged("X")}, wrong: "tag x and tag X would have the same file"},
		"a file that is a folder":       {template: "{source}", labels: named("a", "a/b"), wrong: "the file of source a would be the folder of that of source a/b"},
		"a name that leaves the folder": {template: "{source}", labels: named("a", "../b"), wrong: "source ../b: its name would leave the folder"},
		"an invalid name":               {template: "{source}", labels: named("a\nb"), wrong: "would hold a control character"},
		"a tag that leaves the folder":  {template: "{tag}/x", labels: []Labels{tagged("..")}, wrong: "tag ..: its name would leave the folder"},
		"the same with a separator":     {template: "{tag}/{source}", labels: []Labels{{"b/c", []string{"a"}}, {"c", []string{"a/b"}}}, wrong: "would have the same file"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := setOf(t, c.template, c.labels...)
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Fatalf("%v, want %s", err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Groups(); !slices.EqualFunc(got, c.groups, slices.Equal) || s.Whole() != c.whole {
				t.Errorf("groups %v, whole %v", got, s.Whole())
			}
			for g, sources := range c.groups {
				for _, i := range sources {
					if s.Group(i) != g {
						t.Errorf("source %d is in group %d", i, s.Group(i))
					}
				}
			}
		})
	}
}

// placed makes a set in its own folder.
func placed(t *testing.T, names ...string) (s *Set, folder string) {
	t.Helper()
	folder = t.TempDir()
	s, err := setOf(t, folder+"/{source}.csv", named(names...)...)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Locate(); err != nil || got != Resolve(folder) {
		t.Fatalf("%s (%v)", got, err)
	}
	t.Cleanup(func() { _ = s.Discard() })
	return s, folder
}

func TestHostileThingsInTheWayAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		put   func(folder, elsewhere string) error
		wrong string
	}{
		"nothing":             {func(string, string) error { return nil }, ""},
		"a file":              {func(f, _ string) error { return os.MkdirAll(filepath.Join(f, "a"), 0o755) }, ""},
		"a link to a folder":  {func(f, e string) error { return os.Symlink(e, filepath.Join(f, "a")) }, `"a": is a symbolic link, and names that are made of values follow none`},
		"a link to nowhere":   {func(f, _ string) error { return os.Symlink("nowhere", filepath.Join(f, "a")) }, "is a symbolic link"},
		"a file for a folder": {func(f, _ string) error { return os.WriteFile(filepath.Join(f, "a"), nil, 0o644) }, `"a": is not a folder`},
		"a link to a file": {func(f, e string) error {
			return errors.Join(os.Mkdir(filepath.Join(f, "a"), 0o755), os.Symlink(filepath.Join(e, "x"), filepath.Join(f, "a", "b.csv")))
		}, "a/b.csv: is a symbolic link"},
		"a folder for a file": {func(f, _ string) error { return os.MkdirAll(filepath.Join(f, "a", "b.csv"), 0o755) }, "a/b.csv: is a folder: name a file in it"},
	} {
		t.Run(name, func(t *testing.T) {
			s, folder := placed(t, "a/b")
			if err := c.put(folder, t.TempDir()); err != nil {
				t.Fatal(err)
			}
			_, err := s.Check()
			_, second := s.Create(0, 1)
			for _, err := range []error{err, second} {
				if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("%v, want %s", err, c.wrong)
				}
			}
		})
	}
}

func TestAFileOfASetIsStaged(t *testing.T) {
	s, folder := placed(t, "x", "sub/y")
	put(t, filepath.Join(folder, "x.csv"), "old", 0o640)
	if existing, err := s.Check(); err != nil || existing != 1 {
		t.Fatalf("%d (%v)", existing, err)
	}
	var listed []string
	s.o.Naming = func(temp, target string) error {
		if _, err := os.Lstat(temp); err == nil {
			t.Errorf("%s is in the folder before it is in the set", temp)
		}
		listed = append(listed, filepath.Base(target))
		return nil
	}
	for g, text := range []string{"new x", "new y"} {
		f, err := s.Create(g, 1)
		if err != nil {
			t.Fatal(err)
		}
		write(t, f, text)
		staged, err := s.Stage(f)
		if err != nil {
			t.Fatal(err)
		}
		if staged.Bytes != 5 || !IsTemporary(staged.Temp) || read(t, staged.Temp) != text {
			t.Errorf("%+v", staged)
		}
		if err := errors.Join(f.Discard(), f.Commit()); err != nil { // the file belongs to its owner now
			t.Error(err)
		}
		if g == 0 {
			if m := mode(t, staged.Temp); m != 0o640 || staged.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(text))) {
				t.Errorf("mode %o, sum %s", m, staged.SHA256)
			}
		} else if filepath.Dir(staged.Temp) != Resolve(folder) || staged.Target != filepath.Join(Resolve(folder), "sub", "y.csv") {
			t.Errorf("%+v", staged)
		}
		if err := os.Remove(staged.Temp); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(listed, []string{"x.csv", "y.csv"}) {
		t.Errorf("listed are %q", listed)
	}
	wantContent(t, filepath.Join(folder, "x.csv"), "old")
	wantOnlyFiles(t, folder, "x.csv") // the folder is created by the commit
}

func TestASetIsTakenBack(t *testing.T) {
	s, folder := placed(t, "x", "y")
	f, err := s.Create(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "half")
	if err := s.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := s.Stage(f); !errors.Is(err, errTakenBack) {
		t.Errorf("staged: %v", err)
	}
	if _, err := s.Create(1, 1); !errors.Is(err, errTakenBack) {
		t.Errorf("created: %v", err)
	}
	wantOnlyFiles(t, folder)
}

func TestAFileThatCannotBeListedHasNoName(t *testing.T) {
	s, folder := placed(t, "x")
	bad := errors.New("the journal is full")
	s.o.Naming = func(string, string) error { return bad }
	f, err := s.Create(0, 1)
	if err == nil {
		write(t, f, "new")
		_, err = s.Stage(f)
	}
	if !errors.Is(err, bad) {
		t.Error(err)
	}
	wantOnlyFiles(t, folder)
}

// The checksum is the same for what Write gets and for the content of the file.
func TestTheSumIsThatOfTheFile(t *testing.T) {
	sums := map[string]bool{}
	for _, summing := range []bool{true, false} {
		folder := t.TempDir()
		f := create(t, filepath.Join(folder, "x"))
		if summing {
			f.Summing()
		}
		if _, err := io.WriteString(f, strings.Repeat("row\n", 50_000)); err != nil {
			t.Fatal(err)
		}
		s, err := f.Stage(true)
		if err != nil {
			t.Fatal(err)
		}
		sums[s.SHA256] = true
	}
	if len(sums) != 1 {
		t.Errorf("sums %v", sums)
	}
}

func TestPartsOfAnEarlierResultAreFound(t *testing.T) {
	folder := t.TempDir()
	s, err := setOf(t, folder+"/{source}-{part}.csv", named("a", "b")...)
	if err == nil {
		_, err = s.Locate()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a-0001.csv", "a-0002.csv", "a-0003.csv", "a-0005.csv", "b-0002.csv"} {
		put(t, filepath.Join(folder, name), "old", 0o640)
	}
	got, err := s.Beyond(0, 1)
	if err != nil || len(got) != 2 || filepath.Base(got[1]) != "a-0003.csv" {
		t.Errorf("%q (%v)", got, err)
	}
	if got, err := s.Beyond(1, 2); err != nil || len(got) != 0 {
		t.Errorf("%q (%v)", got, err)
	}
}
