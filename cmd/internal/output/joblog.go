// The log of a CI job. The CI system executes some of its lines as commands.

package output

import (
	"bytes"
	"io"
	"unicode"
	"unicode/utf8"
)

// JobLog returns a writer for text in the log of a job on GitHub or Azure. There, a line
// that begins with :: (also after blanks), and ##[ or ##vso[ at any place, are commands to
// the runner. The writer splits them with a backslash: :\: and ##\[. Each line must be
// written with one call of Write.
func JobLog(w io.Writer) io.Writer { return jobLog{w} }

type jobLog struct{ w io.Writer }

// Unwrap returns the underlying writer.
func (l jobLog) Unwrap() io.Writer { return l.w }

func (l jobLog) Write(p []byte) (int, error) {
	if _, err := l.w.Write(splitCommands(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func splitCommands(p []byte) []byte {
	if !bytes.Contains(p, []byte("::")) && !bytes.Contains(p, []byte("##")) {
		return p
	}
	var out []byte
	for line := range bytes.Lines(p) {
		if text := bytes.TrimLeftFunc(line, blank); bytes.HasPrefix(text, []byte("::")) {
			out = append(append(out, line[:len(line)-len(text)]...), ':', '\\')
			line = text[1:]
		}
		for _, command := range []string{"##[", "##vso["} {
			line = replaceFold(line, command, command[:len(command)-1]+`\[`)
		}
		out = append(out, line...)
	}
	return out
}

// blank reports whether a runner ignores a character at the beginning of a line.
func blank(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r < ' ' || r == utf8.RuneError }

// replaceFold replaces a word regardless of case, and keeps the case of its letters.
func replaceFold(line []byte, word, with string) []byte {
	lower := bytes.ToLower(line)
	if len(lower) != len(line) || !bytes.Contains(lower, []byte(word)) {
		return bytes.ReplaceAll(line, []byte(word), []byte(with))
	}
	var out []byte
	for {
		at := bytes.Index(lower, []byte(word))
		if at < 0 {
			return append(out, line...)
		}
		end := at + len(word)
		out = append(append(out, line[:end-1]...), '\\', '[')
		line, lower = line[end:], lower[end:]
	}
}
