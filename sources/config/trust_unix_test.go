//go:build unix

// Configs that belong to other users, and the size of a file before it is parsed.

package config

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// somebody is the id of a user that is neither ours nor root's.
const somebody = 12345

func rootOnly(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to somebody else: run it as root")
	}
}

func TestAConfigThatIsFoundHasToBeOurs(t *testing.T) {
	rootOnly(t)
	const text = "sources: {eu: eu.db}\n"
	for _, c := range []struct {
		what string
		make func(t *testing.T) // called in the working folder, which belongs to us
		want string             // part of the error; empty if the config is accepted
	}{
		{"ours", func(t *testing.T) { write(t, map[string]string{"fanql.yaml": text}) }, ""},
		{"another user's", func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": text})
			do(t, os.Chown("fanql.yaml", somebody, somebody))
		}, "it belongs to another user (12345)"},
		{"writable by everybody", func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": text})
			do(t, os.Chmod("fanql.yaml", 0o666))
		}, "it can be written to by others (mode 0666)"},
		{"writable by a group with others in it", func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": text})
			do(t, os.Chown("fanql.yaml", 0, somebody), os.Chmod("fanql.yaml", 0o664))
		}, "it can be written to by others (mode 0664)"},
		{"writable by the group that is the owner's alone", func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": text})
			do(t, os.Chmod("fanql.yaml", 0o664))
		}, ""},
		{"in a folder of another user", func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": text})
			do(t, os.Chown(".", somebody, somebody))
		}, "its folder belongs to another user (12345)"},
		{"in a folder that everybody may write to", func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": text})
			do(t, os.Chmod(".", 0o777|os.ModeSticky))
		}, "its folder can be written to by others (mode 1777)"},
		{"a link to another user's", func(t *testing.T) {
			write(t, map[string]string{"other/theirs.yaml": text})
			do(t, os.Chown("other/theirs.yaml", somebody, somebody), os.Symlink("other/theirs.yaml", "fanql.yaml"))
		}, "it belongs to another user"},
		{"a link into a folder of another user", func(t *testing.T) {
			write(t, map[string]string{"other/ours.yaml": text})
			do(t, os.Chown("other", somebody, somebody), os.Symlink("other/ours.yaml", "fanql.yaml"))
		}, "its folder belongs to another user"},
		{"a link to ours", func(t *testing.T) {
			write(t, map[string]string{"other/ours.yaml": text})
			do(t, os.Symlink("other/ours.yaml", "fanql.yaml"))
		}, ""},
		{"a FIFO", func(t *testing.T) {
			write(t, nil)
			do(t, syscall.Mkfifo("fanql.yaml", 0o600))
		}, "it is not a regular file"},
		{"a folder", func(t *testing.T) { write(t, map[string]string{"fanql.yaml/x": ""}) }, "it is not a regular file"},
	} {
		t.Run(c.what, func(t *testing.T) {
			c.make(t)
			path, found, err := Find("", func(string) string { return "" })
			switch {
			case c.want == "":
				if err != nil || !found || path != "fanql.yaml" {
					t.Errorf("%q, %v, %v", path, found, err)
				}
			case err == nil || found || !strings.HasPrefix(shownText(err), "config file fanql.yaml: "+c.want) || !strings.HasSuffix(shownText(err), ": if you mean it, name it by --config fanql.yaml"):
				t.Errorf("%q, %v, %v\nwant %s", path, found, err, c.want)
			}
			if path, found, err := Find("fanql.yaml", func(string) string { return "" }); err != nil || !found || path != "fanql.yaml" {
				t.Errorf("named: %q, %v, %v", path, found, err)
			}
		})
	}
}

// Files that a found config includes must belong to us as well.
func TestWhatAConfigIncludesHasToBeOurs(t *testing.T) {
	rootOnly(t)
	for _, c := range []struct {
		what string
		make func(t *testing.T)
		want string
	}{
		{"ours", func(*testing.T) {}, ""},
		{"another user's", func(t *testing.T) { do(t, os.Chown("more/a.yaml", somebody, somebody)) }, "more/a.yaml: it belongs to another user (12345)"},
		{"writable by everybody", func(t *testing.T) { do(t, os.Chmod("more/a.yaml", 0o666)) }, "more/a.yaml: it can be written to by others (mode 0666)"},
		{"in a folder of another user", func(t *testing.T) { do(t, os.Chown("more", somebody, somebody)) }, "more/a.yaml: its folder belongs to another user (12345)"},
		{"in a folder that everybody may write to", func(t *testing.T) { do(t, os.Chmod("more", 0o777)) }, "more/a.yaml: its folder can be written to by others (mode 0777)"},
		{"a link into a folder of another user", func(t *testing.T) {
			do(t, os.Mkdir("theirs", 0o755), os.Rename("more/a.yaml", "theirs/a.yaml"), os.Symlink("../theirs/a.yaml", "more/a.yaml"), os.Chown("theirs", somebody, somebody))
		}, "more/a.yaml: its folder belongs to another user (12345)"},
		{"a FIFO", func(t *testing.T) { do(t, os.Remove("more/a.yaml"), syscall.Mkfifo("more/a.yaml", 0o600)) }, "more/a.yaml: it is not a regular file"},
	} {
		t.Run(c.what, func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": "include: more/*.yaml\n", "more/a.yaml": "queries: {one: select 1}\n"})
			c.make(t)
			got, err := LoadFound("fanql.yaml", known, os.Getenv)
			switch want := "fanql.yaml:1:10: include: " + c.want; {
			case c.want == "":
				if err != nil || len(got.Queries) != 1 {
					t.Errorf("%+v, %v", got, err)
				}
			case err == nil || len(got.Queries) > 0 || !strings.HasPrefix(shownText(err), want) || !strings.HasSuffix(shownText(err), ": if you mean it, name the config by --config fanql.yaml"):
				t.Errorf("%v\nwant %s", err, want)
			}
			if got, err := Load("fanql.yaml", known, os.Getenv); c.what != "a FIFO" && (err != nil || len(got.Queries) != 1) {
				t.Errorf("named: %+v, %v", got, err)
			}
		})
	}
}

func do(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A file that is too large or nested too deeply is rejected before it takes memory.
func TestAConfigCannotTakeTheMemory(t *testing.T) {
	var stairs strings.Builder
	for i := range 2800 {
		fmt.Fprintf(&stairs, "%*sa:\n", i, "")
	}
	const deep = "nested more than 100 deep"
	for what, c := range map[string]struct{ text, want string }{
		"braces":            {"x: " + strings.Repeat("{", 200_000), deep},
		"braces with keys":  {strings.Repeat("{a: ", 60_000), deep},
		"brackets":          {"x: " + strings.Repeat("[", 200_000), deep},
		"lists on one line": {strings.Repeat("- ", 100_000), deep},
		"keys of keys":      {strings.Repeat("? ", 100_000), deep},
		"anchors":           {"x: " + strings.Repeat("&a ", 70_000), deep},
		"tags":              {"x: " + strings.Repeat("!!x ", 70_000), deep},
		"stairs":            {stairs.String(), "unknown key"},
		"a large file":      {"# " + strings.Repeat("x", largest), "larger than 4 MiB"},
	} {
		t.Run(what, func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": c.text})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Load("fanql.yaml", known, os.Getenv)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%.200v, want %s", err, c.want)
			}
			if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 340 {
				t.Errorf("it took %d MiB", took)
			}
		})
	}
}
