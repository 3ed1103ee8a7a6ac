// A password may have any characters and may stand in any place. No part of it ever appears in the
// program's output.

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// No word of the program contains these characters, so any piece of them in the output
// comes from the password.
const unusual = "QZX7JK9W4V"

// secret makes a password.
func secret(r *rand.Rand) string {
	const special = `@:/?#&,;%= '"{}[]!|>*-\$+.<()` + "`"
	var b strings.Builder
	if r.IntN(3) == 0 { // long pieces, with one special character between them
		mark := special[r.IntN(len(special))]
		if r.IntN(2) == 0 {
			mark = ",&;# "[r.IntN(5)]
		}
		for i := range 15 {
			b.WriteByte(unusual[r.IntN(len(unusual))])
			if i == 4 || i == 9 && r.IntN(2) == 0 {
				b.WriteByte(mark)
			}
		}
		return b.String()
	}
	for range 10 + r.IntN(12) {
		if r.IntN(5) == 0 {
			b.WriteByte(special[r.IntN(len(special))])
		} else {
			b.WriteByte(unusual[r.IntN(len(unusual))])
		}
	}
	return b.String()
}

// passwordPiece returns four consecutive characters of the password, three of which are unusual, if
// the text contains them.
func passwordPiece(password, text string) string {
	for i := 0; i+4 <= len(password); i++ {
		p, count := password[i:i+4], 0
		for _, c := range p {
			if strings.ContainsRune(unusual, c) {
				count++
			}
		}
		if count >= 3 && strings.Contains(text, p) {
			return p
		}
	}
	return ""
}

// secretURLs are URLs as users write them; %s is replaced by a password.
var secretURLs = []string{
	"postgres://u:%s@127.0.0.1:1/d", "mysql://u:%s@127.0.0.1:1/d", "postgres://u:%s@/d?host=127.0.0.1&port=1", "mariadb://u:%s@/d?socket=/none",
	"postgres://127.0.0.1:1/d?user=u&password=%s", "postgres://127.0.0.1:1/d?password=%s&sslmode=disable", "postgres://u@127.0.0.1:1/d?sslpassword=%s",
	"mysql://127.0.0.1:1/d?user=u&password=%s", "mysql://u@127.0.0.1:1/d?password=%s&tls=true", "mysql://u@127.0.0.1:1/d?pwd=%s",
	"host=127.0.0.1 port=1 user=u password=%s", "password=%s host=127.0.0.1 port=1", "host=127.0.0.1 port=1 password='%s'",
	"postgres://u:%s", "u:%s@127.0.0.1/d", "postgres:u:%s@127.0.0.1/d", "postgres//u:%s@127.0.0.1:1/d", "pg://u:%s@127.0.0.1:1:2/d",
	"mssql://u:%s@127.0.0.1/d", "jdbc:postgresql://127.0.0.1/d?user=u&password=%s", "mysql://u:%s@127.0.0.1:x/d", "mysql://u:%s@tcp(127.0.0.1:1)/d",
}

// secretFiles are configs that contain a URL.
var secretFiles = []string{
	"sources: {eu: %s}\n", "sources: {eu: {url: %s}}\n", "sources: {eu: {url: %s, tags: [a]}}\n", "sources: {eu: %s, us: us.db}\n",
	"sources:\n  eu: %s\n", "sources:\n  eu:\n    url: %s\n", "sources:\n  eu: {tags: [a], url: %s}\n", "sources:\n  eu: '%s'\n", "sources:\n  eu: \"%s\"\n",
	"sources:\n  %s\n", "sources:\n  eu: %s: x\n", "sources: [%s]\n", "%s\n", "sources:\n  eu:\n    %s: x\n", "sources:\n  eu: {url: eu.db, tags: [%s]}\n",
	"sources:\n  eu: {url: eu.db, timeout: %s}\n", "checks: {c: {sql: select 1, sources: [%s]}}\n", "defaults: {timeout: %s}\n",
}

func tellsNothing(t *testing.T, r *rand.Rand, password string) {
	t.Helper()
	url := fmt.Sprintf(secretURLs[r.IntN(len(secretURLs))], password)
	if strings.ContainsRune(url, 0) {
		return
	}
	commands := [][]string{
		{"query", "--timeout", "2s", "--report", "r.json", "select 1"},
		{"query", "--dry-run", "select 1"},
		{"sources"},
		{"sources", "--json"},
		{"config", "check"},
		{"check", "--dry-run"},
		{"diff", "--timeout", "2s", "select 1"},
		{"query", "--timeout", "2s", "--json", "select 1"},
	}
	forms := []string{"%s", "name=%s", "eu,%s", "!%s", "%s,us.db", "tag:%s"}
	given := fmt.Sprintf(forms[r.IntN(len(forms))], url)
	args := commands[r.IntN(len(commands))]
	file := ""
	if r.IntN(2) == 0 {
		file = fmt.Sprintf(secretFiles[r.IntN(len(secretFiles))], url)
		mustAll(t, os.WriteFile("fanql.yaml", []byte(file), 0o600))
	} else {
		mustAll(t, os.WriteFile("fanql.yaml", []byte("sources: {other: other.db}\n"), 0o600))
		args = append([]string{args[0]}, append(args[1:len(args):len(args)], "-s", given)...)
		if args[0] == "config" {
			args = args[:2]
		}
	}
	if r.IntN(4) == 0 {
		changes := [][]string{
			{"init", "--offline", "--force", "--config", "new.yaml", given},
			{"init", "--offline", "--force", "--config", "new.yaml", "a.db", url},
			{"sources", "add", "new", url, "--tag", given},
			{"sources", "add", "new", url},
			{"sources", "add", url, "a.db"},
			{"sources", "remove", "eu", "--force"},
			{"sources", "remove", url},
			{"sources", "rename", "eu", "new"},
			{"sources", "rename", "eu", url},
		}
		args = changes[r.IntN(len(changes))]
	}
	_ = os.Remove("r.json")
	var out bytes.Buffer
	status := command(t.Context(), args, strings.NewReader(""), &out, &out)
	report, _ := os.ReadFile("r.json")
	text := out.String() + string(report)
	if status == 70 {
		t.Errorf("a fault\nargs %q\nfile %s\n%s", args, file, text)
	}
	if p := passwordPiece(password, text); p != "" {
		t.Errorf("%q of %q is printed\nargs %q\nfile %s\n%s", p, password, args, file, text)
	}
}

func TestHostileNoOutputShowsAPassword(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("FANQL_CONFIG", "")
	r := rand.New(rand.NewPCG(14, 8))
	for range 500 {
		tellsNothing(t, r, secret(r))
	}
}

func FuzzNoOutputShowsAPassword(f *testing.F) {
	f.Add(uint64(1), "QZX7,JK9W&4V7K")
	f.Fuzz(func(t *testing.T, seed uint64, password string) {
		t.Chdir(t.TempDir())
		t.Setenv("HOME", t.TempDir())
		tellsNothing(t, rand.New(rand.NewPCG(seed, 8)), password)
	})
}
