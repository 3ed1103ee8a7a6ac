// References in URLs: ${env:NAME}, ${file:PATH}, ${keyring:NAME}, and {port} of a tunnel.

package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/tunnel"
)

// A reference is text[from:to]; it stands for a value that is kept elsewhere.
type reference struct {
	from, to int
	kind     referenceKind
	name     string
}

// A referenceKind says where a value is kept. Most kinds are words of the config.
type referenceKind string

const (
	ofVariable referenceKind = "env"
	ofFile     referenceKind = "file"
	ofKeyring  referenceKind = "keyring"
	ofPort     referenceKind = "port" // of the source's tunnel
)

// referenceForms are the references that a user can write, for messages.
const referenceForms = "${env:NAME}, ${file:PATH} or ${keyring:NAME}"

func (r reference) String() string {
	if r.kind == ofPort {
		return tunnel.Port
	}
	return "${" + string(r.kind) + ":" + r.name + "}"
}

var variableForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) })

// references finds the references in the text. Its errors do not repeat the text.
func references(text string) (refs []reference, err error) {
	for at := 0; ; {
		i := strings.Index(text[at:], "${")
		if p := strings.Index(text[at:], tunnel.Port); p >= 0 && (i < 0 || p < i) {
			refs = append(refs, reference{from: at + p, to: at + p + len(tunnel.Port), kind: ofPort})
			at += p + len(tunnel.Port)
			continue
		}
		if i < 0 {
			return refs, nil
		}
		from := at + i
		n := strings.IndexByte(text[from:], '}')
		if n < 0 {
			return nil, errors.New("a ${ without its }: write %24{ where a value has these characters")
		}
		at = from + n + 1
		word, name, _ := strings.Cut(text[from+2:at-1], ":")
		switch kind := referenceKind(word); {
		case kind == ofVariable && variableForm().MatchString(name), kind == ofFile && name != "", kind == ofKeyring && isName(name):
			refs = append(refs, reference{from: from, to: at, kind: kind, name: name})
		case kind == ofVariable:
			return nil, errors.New("${env:} needs the name of a variable, such as ${env:DB_PASSWORD}")
		case kind == ofKeyring:
			return nil, errors.New("${keyring:} needs a name of letters, digits, _ - . and /, such as ${keyring:shop}")
		default:
			return nil, errors.New("${ begins a reference, " + referenceForms + ": write %24{ where a value has these characters")
		}
	}
}

// mask replaces each reference by zeros of the same length: zeros are valid anywhere in
// a URL, and positions in the mask are the same as in the text.
func mask(text string, refs []reference) string {
	if len(refs) == 0 {
		return text
	}
	masked := []byte(text)
	for _, r := range refs {
		for i := r.from; i < r.to; i++ {
			masked[i] = '0'
		}
	}
	return string(masked)
}

// Files returns the files that the source's URLs refer to as ${file:PATH}.
func (s Source) Files() []string {
	var files []string
	refs, _ := references(s.URL) // Expand reports their errors
	for _, r := range refs {
		if r.kind == ofFile {
			files = append(files, rooted(s.dir, r.name))
		}
	}
	for _, c := range s.Copies {
		files = append(files, c.Files()...)
	}
	return files
}

// value fetches the value of the reference: the variable's value, the file's text
// without its last newline, or the entry of the keyring.
func (r reference) value(dir string, getenv func(string) string) (string, error) {
	switch r.kind {
	case ofKeyring:
		v, err := fromKeyring(r.name)
		if err != nil {
			return "", fmt.Errorf("%v: %w", r, err)
		}
		return v, nil
	case ofVariable:
		v := getenv(r.name)
		if v == "" {
			return "", fmt.Errorf("%v: the variable is not set, or empty", r)
		}
		return v, nil
	}
	text, err := os.ReadFile(rooted(dir, r.name))
	if err != nil {
		return "", fmt.Errorf("%v: %w", r, unwrapped(err))
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}
