// The files of one result that is split by source, by tag or by number of rows.

package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/fanql/fanql/sources/trust"
)

// SetOptions describe the files of a result.
type SetOptions struct {
	// Called is the user's name of the option that has the template.
	Called   string
	Template *Template
	Date     time.Time
	// Sources are the sources of the run, in source order.
	Sources []Labels
	// Sum says that the checksum of each file is needed.
	Sum bool
	// Naming, if set, is called before a temporary file gets its name; see [File.Naming].
	Naming func(temp, target string) error
}

// Labels are the values of a source for the fields of a template.
type Labels struct {
	Source string
	Tags   []string
}

// A Set is the files of one result. Sources whose files have the same name are a group.
// Only one goroutine may use it, except for Discard.
type Set struct {
	o      SetOptions
	folder string // the folder, without links
	groups []setGroup
	of     []int // by source: its group

	mu        sync.Mutex
	open      map[*File]bool
	discarded bool
}

// A setGroup is the sources whose rows go to the same file, or to the same parts.
type setGroup struct {
	values  Values
	sources []int
}

// NewSet computes the names of all files. It inspects no file. The error says that names
// are unsafe or collide.
func NewSet(o SetOptions) (*Set, error) {
	s := &Set{o: o, of: make([]int, len(o.Sources)), open: map[*File]bool{}}
	known := map[Values]int{}
	for i, l := range o.Sources {
		v, err := s.values(l)
		if err != nil {
			return nil, s.failed("", err)
		}
		at, ok := known[v]
		if !ok {
			at = len(s.groups)
			known[v], s.groups = at, append(s.groups, setGroup{values: v})
		}
		s.of[i] = at
		s.groups[at].sources = append(s.groups[at].sources, i)
	}
	return s, s.distinct()
}

// values returns the values of the template's fields for the first part of a source's
// files.
func (s *Set) values(l Labels) (v Values, err error) {
	v = Values{Date: s.o.Date, Part: 1}
	if s.o.Template.Has(FieldSource) {
		v.Source = l.Source
	}
	if s.o.Template.Has(FieldTag) {
		switch len(l.Tags) {
		case 0:
			return v, fmt.Errorf("source %s has no tag, and {tag} needs one", Sanitize(l.Source))
		case 1:
			v.Tag = l.Tags[0]
		default:
			return v, fmt.Errorf("source %s has the tags %s, and {tag} needs exactly one", Sanitize(l.Source), Sanitize(strings.Join(l.Tags, " and ")))
		}
	}
	return v, nil
}

// distinct returns an error for unsafe names, and for files that would be the same on a
// file system that ignores case.
func (s *Set) distinct() error {
	files, folders := map[string]int{}, map[string]int{}
	for i, g := range s.groups {
		name, err := s.o.Template.Name(g.values)
		if err != nil {
			return s.failed("", fmt.Errorf("%s: %w", s.Title(i), err))
		}
		folded := norm.NFC.String(strings.ToLower(name))
		if other, ok := files[folded]; ok {
			return s.failed("", fmt.Errorf("%s and %s would have the same file %s, where a file system takes no account of case", s.Title(other), s.Title(i), name))
		}
		files[folded] = i
		for at, ch := range folded {
			if ch == '/' {
				folders[folded[:at]] = i
			}
		}
	}
	for name, i := range files {
		if other, ok := folders[name]; ok {
			return s.failed("", fmt.Errorf("the file of %s would be the folder of that of %s", s.Title(i), s.Title(other)))
		}
	}
	return nil
}

// Title returns the name of a group, for messages.
func (s *Set) Title(group int) string {
	v := s.groups[group].values
	switch {
	case v.Source != "":
		return "source " + Sanitize(v.Source)
	case v.Tag != "":
		return "tag " + Sanitize(v.Tag)
	}
	return "the result"
}

// Groups returns the sources of each group, as indexes in source order.
func (s *Set) Groups() [][]int {
	all := make([][]int, len(s.groups))
	for i, g := range s.groups {
		all[i] = g.sources
	}
	return all
}

// Group returns the group of a source.
func (s *Set) Group(source int) int { return s.of[source] }

// Whole reports whether all sources are one group because the template names neither source
// nor tag.
func (s *Set) Whole() bool {
	return !s.o.Template.Has(FieldSource) && !s.o.Template.Has(FieldTag)
}

// Locate finds the folder of all files, absolute and without links, which has to exist.
func (s *Set) Locate() (string, error) {
	folder := s.o.Template.Folder()
	if folder == "" {
		folder = "."
	}
	if err := trust.Links(folder); err != nil {
		return "", s.failed("", err)
	}
	target, err := follow(filepath.Join(folder, "name")) // follow needs a name in the folder
	if err == nil {
		s.folder, err = filepath.Abs(filepath.Dir(target))
	}
	if err != nil {
		return "", s.failed("", err)
	}
	return s.folder, nil
}

// Target returns the path of a group's file, or of its first part. Call Locate first.
func (s *Set) Target(group int) (string, error) {
	name, err := s.o.Template.Name(s.groups[group].values)
	return filepath.Join(s.folder, filepath.FromSlash(name)), err
}

// Check finds out, after Locate, whether all files can be written, as far as their names
// are known, and changes nothing. It returns how many of them exist.
func (s *Set) Check() (existing int, err error) {
	for _, g := range s.groups {
		place, err := s.inspect(g.values)
		if err != nil {
			return 0, err
		}
		if place.replaced != nil {
			existing++
		}
	}
	return existing, nil
}

// A setPlace is the place of a file of a set.
type setPlace struct {
	called   string // for errors
	target   string
	within   string      // the folder of the temporary file, which exists
	replaced fs.FileInfo // nil if nothing is there
}

// inspect checks what exists on the path of a file. It follows no links in names that are
// made of values, because a link could lead anywhere.
func (s *Set) inspect(v Values) (p setPlace, err error) {
	name, err := s.o.Template.Name(v)
	if err != nil {
		return p, s.failed("", err)
	}
	p.called = s.o.Template.Folder() + name
	p.within = s.folder
	parts := strings.Split(name, "/")
	at := s.folder
	for i, part := range parts {
		last := i == len(parts)-1
		folder := at
		at = filepath.Join(at, part)
		info, err := os.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err == nil {
			err = suits(info, last)
		}
		if err == nil {
			err = refuse(folder, info)
		}
		if err == nil && last {
			err = writable(at)
			p.replaced = info
		}
		if err != nil {
			if !last {
				err = fmt.Errorf("%q: %w", Sanitize(strings.Join(parts[:i+1], "/")), Cause(err))
			}
			return p, s.failed(p.called, err)
		}
		if !last {
			p.within = at
		}
	}
	p.target = filepath.Join(s.folder, filepath.FromSlash(name))
	return p, nil
}

// suits returns why a part of a path cannot be a folder of a set, or, if it is the last
// part, cannot be replaced.
func suits(info fs.FileInfo, last bool) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("is a symbolic link, and names that are made of values follow none")
	case !last && !info.IsDir():
		return errors.New("is not a folder")
	case last && info.IsDir():
		return errors.New("is a folder: name a file in it")
	case last && !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	}
	return nil
}

// Create begins a file of a group. Part is the number of the part, from 1.
func (s *Set) Create(group, part int) (*File, error) {
	v := s.groups[group].values
	v.Part = part
	p, err := s.inspect(v)
	if err != nil {
		return nil, err
	}
	f := &File{name: s.o.Called + " " + Sanitize(p.called), target: p.target, within: p.within}
	if s.o.Sum {
		f.Summing()
	}
	if s.o.Naming != nil {
		f.Naming(func(temp string) error { return s.o.Naming(temp, p.target) })
	}
	if err := f.begin(p.replaced); err != nil {
		return nil, f.failed(fmt.Errorf("no file can be created in folder %q: %w", Sanitize(p.within), Cause(err)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.discarded {
		return nil, errors.Join(f.failed(errTakenBack), f.Discard())
	}
	s.open[f] = true
	return f, nil
}

// Stage calls [File.Stage] for a file of the set.
func (s *Set) Stage(f *File) (Staged, error) {
	staged, err := f.Stage(s.o.Sum)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, f)
	return staged, err
}

// Beyond returns the paths of existing parts of a group with greater numbers, which an
// earlier result has left.
func (s *Set) Beyond(group, part int) (paths []string, err error) {
	if !s.o.Template.Has(FieldPart) {
		return nil, nil
	}
	v := s.groups[group].values
	for v.Part = part + 1; ; v.Part++ {
		p, err := s.inspect(v)
		if err != nil || p.replaced == nil {
			return paths, err
		}
		paths = append(paths, p.target)
	}
}

// Discard removes the files that have not been staged. It may be called from any
// goroutine, and more than once.
func (s *Set) Discard() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discarded = true
	for f := range s.open {
		err = errors.Join(err, f.Discard())
	}
	clear(s.open)
	return err
}

// failed adds the file to an error, or the template if there is no path.
func (s *Set) failed(path string, err error) error {
	if path == "" {
		path = s.o.Template.String()
	}
	return fmt.Errorf("%s %s: %w", s.o.Called, Sanitize(path), Cause(err))
}
