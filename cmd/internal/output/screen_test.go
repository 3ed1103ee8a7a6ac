// Which characters may be sent to a terminal and to the log of a CI job.

package output

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestHostileInvisibleCharactersAreShownAndJoinersStay(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b[31m\u009bb\x7f":      `a\x1b[31m\u009bb\x7f`,
		"\u061c\ufeff\u00ad\u2066":  `\u061c\ufeff\u00ad\u2066`,
		"a\u200bb\u2060c\u180e":     `a\u200bb\u2060c\u180e`,
		"x\U000e0041\U000e007f":     `x\U000e0041\U000e007f`,
		"می\u200cخواهم":             "می\u200cخواهم",             // ZWNJ between letters
		"क्\u200dष":                 "क्\u200dष",                 // ZWJ after a mark, before a letter
		"👩\u200d👩\u200d👧 🏳️\u200d🌈": "👩\u200d👩\u200d👧 🏳️\u200d🌈", // ZWJ between emoji
		"\u200ca\u200d ":            `\u200ca\u200d `,
		"a\u200c\u200cb":            `a\u200c\u200cb`,
		"❤\ufe0f 1\ufe0f\u20e3":     "❤\ufe0f 1\ufe0f\u20e3",
		"a\ufe0fb\ufe0f\ufe0f":      `a\ufe0fb\ufe0f\ufe0f`,
		"葛\U000e0100 \U000e0100":    "葛\U000e0100 " + `\U000e0100`,
		"naïve Ω 漢字 \u00a0":         "naïve Ω 漢字 \u00a0",
	} {
		if got := Sanitize(text); got != want {
			t.Errorf("%+q becomes %+q, want %+q", text, got, want)
		}
		shown, _ := appendShown(nil, []byte(text), 0)
		if string(shown) != want {
			t.Errorf("%+q is shown as %+q, want %+q", text, shown, want)
		}
	}
}

func TestJSONIsMadeSafeAndStaysTheSame(t *testing.T) {
	values := []string{"\u009b\x7f\u202e\ufeff", "x\U000e0041", "👩\u200d👧", "plain"}
	text, err := json.MarshalIndent(values, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	safe := SafeJSON(text)
	var back []string
	if err := json.Unmarshal(safe, &back); err != nil || strings.Join(back, "|") != strings.Join(values, "|") {
		t.Errorf("%s: %v", safe, err)
	}
	if got := string(escapeAllBut(nil, safe, nil)); got != string(safe) || !strings.Contains(got, `\udb40\udc41`) {
		t.Errorf("%q is not safe", safe)
	}
}

func TestHostileTheScreenDecidesByItsDescriptor(t *testing.T) {
	ours, its, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	s, ok := ForTerminal(its).(*Screen)
	if !ok {
		t.Fatal("a terminal is not recognised")
	}
	for _, part := range []string{"a\x1b]0;t\a \xe2", "\x80\xae \xc3", "\xa9 \r\x1b[K\x1b[31m\n"} { // the parts are cut within characters
		if n, err := io.WriteString(s, part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	_, _ = io.WriteString(s.Styled(), "\r\x1b[K\x1b[31mred\x1b[0m\x1b[31;5m\x1b[2J\n\xc3")
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(s, "\n")
	want := `a\x1b]0;t\x07 \u202e é \r\x1b[K\x1b[31m` + "\r\n\r\x1b[K\x1b[31mred\x1b[0m" + `\x1b[31;5m\x1b[2J` + "\r\n" + `\xc3` + "\r\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(ours, got); err != nil || string(got) != want {
		t.Errorf("got  %q (%v)\nwant %q", got, err, want)
	}
	f, err := os.Create(t.TempDir() + "/f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if ForTerminal(f) != io.Writer(f) {
		t.Error("a file is recognised as a terminal")
	}
	its.Close()
}

func TestHostileAJobsLogIsGivenNoCommands(t *testing.T) {
	for text, want := range map[string]string{
		"::error::x\n":                  ":\\:error::x\n",
		"ok\n  \t\u00a0::set-env x\n::": "ok\n  \t\u00a0:\\:set-env x\n:\\:",
		"a ::b c::d\n":                  "a ::b c::d\n",
		"x ##[command] y ##[z\n":        "x ##\\[command] y ##\\[z\n",
		"##vso[task] ##VSO[task]":       "##vso\\[task] ##VSO\\[task]",
		"# heading\n## other [x]\n":     "# heading\n## other [x]\n",
		":::warning":                    ":\\::warning",
	} {
		if got := string(splitCommands([]byte(text))); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
