// How users invoke this program on a command line.

package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/fanql/fanql/cmd/internal/output"
)

// plainWord matches words that a shell takes literally.
var plainWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\w@%+=:,./][\w@%+=:,./-]*$`) })

// ShellWord writes a path as a word of a shell's command line. A path with characters
// that could control a terminal is written as $'...'.
func ShellWord(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	switch {
	case plainWord().MatchString(path):
		return path
	case output.Sanitize(path) == path:
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for len(path) > 0 {
		_, size := utf8.DecodeRuneInString(path)
		char := path[:size]
		path = path[size:]
		switch {
		case char == "'" || char == `\`:
			b.WriteString(`\` + char)
		case output.Sanitize(char) == char:
			b.WriteString(char)
		default:
			for i := range size {
				fmt.Fprintf(&b, `\x%02x`, char[i])
			}
		}
	}
	return "$'" + b.String() + "'"
}

// Invocation returns how to invoke this program from a folder: by its name if that is
// in the PATH, else by its path.
func Invocation(dir string) string {
	self, err := os.Executable()
	if err != nil {
		return "fanql"
	}
	if found, err := exec.LookPath("fanql"); err == nil && sameFile(found, self) {
		return "fanql"
	}
	if abs, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(abs, self); err == nil && len(rel) < len(self) {
			return rel
		}
	}
	return self
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
