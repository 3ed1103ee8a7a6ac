// Texts for users are safe for a terminal, and their words for a shell.

package process

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/cmd/internal/output"
)

func TestShellWords(t *testing.T) {
	for path, want := range map[string]string{
		"fanql-demo":      "fanql-demo",
		"../a/b_c.d":      "../a/b_c.d",
		"my demo":         "'my demo'",
		"it's $HOME":      `'it'\''s $HOME'`,
		"":                "''",
		"-x":              "./-x",
		"~":               "'~'",
		"a\x1b[31m'\\b\n": `$'a\x1b[31m\'\\b\x0a'`,
		"größe":           "'größe'",
	} {
		if got := ShellWord(path); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}

func TestAShellReadsTheWordAsThePath(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed: $'...' is not in every sh")
	}
	rapid.Check(t, func(t *rapid.T) {
		pieces := strings.Split("a - / ' \" \\ $ ` ! * ~ ; & \n \t \x1b \x7f 0 f é \u202e \u0085 \ufffd \xff \xe2\x80", " ")
		path := strings.Join(rapid.SliceOf(rapid.SampledFrom(append(pieces, " "))).Draw(t, "path"), "")
		got, err := exec.CommandContext(t.Context(), bash, "-c", "printf %s "+ShellWord(path)).Output()
		if want := regexp.MustCompile(`^-`).ReplaceAllString(path, "./-"); err != nil || string(got) != want {
			t.Fatalf("%s is read as %q, want %q (%v)", ShellWord(path), got, want, err)
		}
		if word := ShellWord(path); output.Sanitize(word) != word {
			t.Fatalf("%q could steer a terminal", word)
		}
	})
}
