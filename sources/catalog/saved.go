// Schemas as JSON, for programs and as a baseline for later comparisons.

package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// SavedVersion is the version of the file's structure. Within a version, fields are
// only added.
const SavedVersion = 1

// A Saved holds the schemas of several sources. Sources with equal schemas share one.
// It contains no numbers of rows and no times, so that an unchanged schema gives the
// same file.
type Saved struct {
	// Version is the first field, and its name identifies the file.
	Version int           `json:"fanql_schema"`
	Schemas []SavedSchema `json:"schemas"`
}

// A SavedSchema is the schema of one or more sources.
type SavedSchema struct {
	Kind    string       `json:"kind"` // the dialect's name
	Sources []string     `json:"sources"`
	Tables  []SavedTable `json:"tables"`
}

// A SavedTable is a [Table].
type SavedTable struct {
	// Schema is empty if the unqualified name means the table.
	Schema  string        `json:"schema,omitempty"`
	Name    string        `json:"name"`
	Kind    Kind          `json:"kind"`
	Comment string        `json:"comment,omitempty"`
	Columns []SavedColumn `json:"columns"`
	Indexes []SavedIndex  `json:"indexes"`
}

// A SavedColumn is a [Column].
type SavedColumn struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Nullable  bool   `json:"nullable"`
	Key       int    `json:"key"`
	Default   string `json:"default,omitempty"`
	Extra     string `json:"extra,omitempty"`
	Comment   string `json:"comment,omitempty"`
	Collation string `json:"collation,omitempty"`
	Charset   string `json:"charset,omitempty"`
}

// A SavedIndex is an [Index].
type SavedIndex struct {
	Name    string   `json:"name"`
	Unique  bool     `json:"unique"`
	Partial bool     `json:"partial"`
	Columns []string `json:"columns"`
}

// Save converts catalogues to schemas, in their order.
func Save(all []Database) (Saved, error) {
	s := Saved{Version: SavedVersion, Schemas: []SavedSchema{}}
	known := map[string]int{}
	for _, d := range all {
		schema := SavedSchema{Kind: d.Dialect.String(), Sources: []string{d.Source}, Tables: []SavedTable{}}
		for _, t := range d.Tables {
			schema.Tables = append(schema.Tables, saveTable(t))
		}
		text, err := json.Marshal(schema.Tables)
		if err != nil {
			return s, err
		}
		key := schema.Kind + " " + string(text)
		if at, ok := known[key]; ok {
			s.Schemas[at].Sources = append(s.Schemas[at].Sources, d.Source)
			continue
		}
		known[key] = len(s.Schemas)
		s.Schemas = append(s.Schemas, schema)
	}
	return s, nil
}

func saveTable(t Table) SavedTable {
	s := SavedTable{Schema: t.Schema, Name: t.Name, Kind: t.Kind, Comment: t.Comment, Columns: []SavedColumn{}, Indexes: []SavedIndex{}}
	if t.Visible {
		s.Schema = ""
	}
	for _, c := range t.Columns {
		s.Columns = append(s.Columns, SavedColumn{c.Name, c.Type, c.Nullable, c.Key, c.Default, c.Extra, c.Comment, c.Collation, c.Charset})
	}
	for _, x := range t.Indexes {
		s.Indexes = append(s.Indexes, SavedIndex(x))
	}
	return s
}

// JSON returns the text of the file.
func (s Saved) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(s)
	return b.Bytes(), err
}

// Load reads a file of schemas, which may be compressed, as its suffix says. Dialects are the
// dialects that a schema may have. The error contains no path.
func Load(path string, dialects driver.Dialects) (Baseline, error) {
	text, err := compression.ReadFile(path)
	if err != nil {
		if at, ok := errors.AsType[*os.PathError](err); ok {
			err = at.Err
		}
		return Baseline{}, err
	}
	return parse(text, dialects)
}

func parse(text []byte, dialects driver.Dialects) (b Baseline, err error) {
	var s Saved
	err = json.Unmarshal(text, &s)
	if other, ok := errors.AsType[*json.UnmarshalTypeError](err); ok { // its text names Go types
		err = fmt.Errorf("%s cannot be a %s", other.Field, other.Value)
	}
	switch _, wrong := errors.AsType[*json.SyntaxError](err); {
	case wrong, s.Version == 0:
		return b, errors.New("it is no schema that `fanql schema` has saved as JSON")
	case s.Version > SavedVersion:
		return b, fmt.Errorf("it was saved by a newer fanql (its version is %d, and this one reads %d)", s.Version, SavedVersion)
	case err != nil:
		return b, fmt.Errorf("it is no schema that can be read: %w", err)
	case len(s.Schemas) == 0:
		return b, errors.New("it has the schema of no source")
	}
	for _, schema := range s.Schemas {
		d := dialects.Named(schema.Kind)
		if d == nil {
			return b, fmt.Errorf("it has a schema of kind %q, which is not known here", schema.Kind)
		}
		var tables []Table
		for _, t := range schema.Tables {
			tables = append(tables, t.table())
		}
		Sort(tables)
		for _, name := range schema.Sources {
			b.all = append(b.all, Database{name, d, tables})
		}
	}
	if len(b.all) == 0 {
		return b, errors.New("it has the schema of no source")
	}
	return b, nil
}

func (s SavedTable) table() Table {
	t := Table{Schema: s.Schema, Name: s.Name, Visible: s.Schema == "", Kind: s.Kind, Rows: -1, Comment: s.Comment}
	for _, c := range s.Columns {
		t.Columns = append(t.Columns, Column{
			Name: c.Name, Type: c.Type, Nullable: c.Nullable, Key: c.Key, Default: c.Default, Extra: c.Extra,
			Comment: c.Comment, Collation: c.Collation, Charset: c.Charset,
		})
	}
	for _, x := range s.Indexes {
		t.Indexes = append(t.Indexes, Index(x))
	}
	return t
}

// A Baseline is a file of schemas that sources are compared with.
type Baseline struct{ all []Database }

// Of returns the schema to compare a source with: the file's only one, or the one of
// the same name. It returns an error if there is none. The result has only the tables
// in scope.
func (b Baseline) Of(source string, s Scope) (Database, error) {
	var names []string
	for _, d := range b.all {
		if len(b.all) == 1 || d.Source == source {
			d.Tables = s.Matching(slices.Clone(d.Tables))
			return d, nil
		}
		names = append(names, d.Source)
	}
	hint := "it has " + nearest.List(names)
	if near, ok := nearest.Name(source, names); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return Database{}, fmt.Errorf("the baseline has no schema of %s: %s", source, hint)
}
