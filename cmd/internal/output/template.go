// The template for the names of a result's files, with fields for the parts that differ.

package output

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/nearest"
)

// A Field of a [Template] stands for a value.
type Field string

// The fields of a template.
const (
	FieldSource Field = "source" // the source's name
	FieldTag    Field = "tag"    // the one tag of the source
	FieldDate   Field = "date"   // when the run began, in UTC, as in 2026-01-31
	FieldPart   Field = "part"   // the number of the part, from 0001
)

var fields = []Field{FieldSource, FieldTag, FieldDate, FieldPart}

// A Template is a path with fields in braces, as in out/{source}.csv. {{ and }} are literal
// braces. The folder before the first field belongs to the user and must exist. Everything
// after it is a name that is made of values and never leaves that folder: see
// [Template.Name].
type Template struct {
	text   string
	folder string // up to and including the last separator before the first field
	pieces []templatePiece
	has    map[Field]bool
}

// A templatePiece is text, or a field.
type templatePiece struct {
	text  string
	field Field
}

// Values are the values of a template's fields. Part is counted from 1.
type Values struct {
	Source, Tag string
	Date        time.Time
	Part        int
}

// ParseTemplate reads a template.
func ParseTemplate(text string) (*Template, error) {
	t := &Template{text: text, has: map[Field]bool{}}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.pieces = append(t.pieces, templatePiece{text: literal.String()})
			literal.Reset()
		}
	}
	for rest := text; rest != ""; {
		at := strings.IndexAny(rest, "{}")
		if at < 0 {
			literal.WriteString(rest)
			break
		}
		literal.WriteString(rest[:at])
		rest = rest[at:]
		if strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}") {
			literal.WriteByte(rest[0])
			rest = rest[2:]
			continue
		}
		name, after, closed := strings.Cut(rest[1:], "}")
		if rest[0] == '}' || !closed {
			return nil, errors.New("a brace stands alone: {source} is a field, and {{ or }} is a brace")
		}
		field, err := fieldNamed(name)
		if err != nil {
			return nil, err
		}
		flush()
		t.pieces, t.has[field] = append(t.pieces, templatePiece{field: field}), true
		rest = after
	}
	flush()
	t.cutFolder()
	if len(t.has) > 0 {
		for part := range strings.SplitSeq(t.pattern(), "/") {
			if part == "" || part == "." || part == ".." {
				return nil, fmt.Errorf("behind its first field a name has no part %q", part)
			}
		}
	}
	return t, nil
}

func fieldNamed(name string) (Field, error) {
	var known []string
	for _, f := range fields {
		if known = append(known, string(f)); name == string(f) {
			return f, nil
		}
	}
	text := fmt.Sprintf("there is no field {%s}: ", Sanitize(name))
	if near, ok := nearest.Name(name, known); ok {
		text += "did you mean {" + near + "}? "
	}
	return "", errors.New(text + "the fields are {" + strings.Join(known, "}, {") + "}, and {{ or }} is a brace")
}

// cutFolder removes the folder from the first piece, if that is text.
func (t *Template) cutFolder() {
	if len(t.pieces) == 0 || t.pieces[0].field != "" {
		return
	}
	text := t.pieces[0].text
	end := strings.LastIndexByte(filepath.ToSlash(text), '/') + 1
	t.folder = text[:end]
	if t.pieces[0].text = text[end:]; t.pieces[0].text == "" {
		t.pieces = t.pieces[1:]
	}
}

// String returns the template as it was written.
func (t *Template) String() string { return t.text }

// Fields reports whether the template has any fields.
func (t *Template) Fields() bool { return len(t.has) > 0 }

// Has reports whether the template has a field.
func (t *Template) Has(f Field) bool { return t.has[f] }

// Folder returns the folder that contains all files, directly or below. Empty is the
// current folder.
func (t *Template) Folder() string { return t.folder }

// Literal returns the path of a template without fields.
func (t *Template) Literal() string { return t.folder + t.pattern() }

// pattern returns the part after the folder, with the fields unchanged.
func (t *Template) pattern() string {
	var b strings.Builder
	for _, p := range t.pieces {
		if p.field != "" {
			b.WriteString("{" + string(p.field) + "}")
		} else {
			b.WriteString(p.text)
		}
	}
	return filepath.ToSlash(b.String())
}

// Base returns a name that stands for all files of the template. It is used for the journal
// and the lock.
func (t *Template) Base() string {
	const most = 160 // short enough for a prefix and a suffix
	base := strings.ReplaceAll(t.pattern(), "/", "-")
	if len(base) > most {
		base = strings.ToValidUTF8(base[:most], "")
	}
	return base
}

// Name returns the name of a file below the folder, with slashes. It is an error if the
// name could leave the folder, or if some file systems or terminals do not accept it.
func (t *Template) Name(v Values) (string, error) {
	var b strings.Builder
	for _, p := range t.pieces {
		switch p.field {
		case "":
			b.WriteString(filepath.ToSlash(p.text))
		case FieldSource:
			b.WriteString(v.Source)
		case FieldTag:
			b.WriteString(v.Tag)
		case FieldDate:
			b.WriteString(v.Date.UTC().Format(time.DateOnly))
		case FieldPart:
			fmt.Fprintf(&b, "%04d", v.Part)
		}
	}
	name := b.String()
	for part := range strings.SplitSeq(name, "/") {
		if err := safePart(part); err != nil {
			return "", err
		}
	}
	return name, nil
}

// longestName is the largest number of bytes of a name in a file system.
const longestName = 255

// safePart returns why a part of a path that is made of values is refused.
func safePart(part string) error {
	switch {
	case part == "":
		return errors.New("its name would have an empty part")
	case part == "..":
		return errors.New(`its name would leave the folder by ".."`)
	case part[0] == '.':
		return fmt.Errorf("its name would be hidden, since %s begins with a dot", strconv.Quote(part))
	case strings.HasSuffix(part, ".") || strings.TrimSpace(part) != part:
		return fmt.Errorf("its name %s would begin or end with a blank or end with a dot, which not every file system keeps", strconv.Quote(part))
	case Sanitize(part) != part || strings.ContainsAny(part, "\\\x00"):
		return fmt.Errorf("its name %s would hold a control character or a backslash", strconv.Quote(part))
	case len(part) > longestName:
		return fmt.Errorf("its name would have %d bytes, and a file system takes %d", len(part), longestName)
	}
	return nil
}
