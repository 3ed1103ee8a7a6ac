// The format of a result: by its name, its short form, or the suffix of a file.

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/nearest"
)

// chosenFormat returns the format that --format or a short form names, else the format of
// the suffix of -o (without the suffix for compression), else the default.
func chosenFormat[F output.Entry](all output.Catalogue[F], name string, shorts map[string]*bool, path, usual string) (f F, err error) {
	if name, err = namedFormat(name, shorts, all.Names()); err != nil {
		return f, err
	}
	_, plain := compression.OfPath(path)
	f, ok := all.ByName(name)
	if !ok {
		f, ok = all.BySuffix(plain)
	}
	if !ok {
		err = unknownSuffix(plain, all.Suffixes())
		f, _ = all.ByName(usual)
	}
	return f, err
}

// namedFormat returns the format that --format or a short form names, or an empty
// string.
func namedFormat(name string, shorts map[string]*bool, known []string) (string, error) {
	for _, short := range known {
		switch {
		case shorts[short] == nil || !*shorts[short]:
		case name != "" && name != short:
			return "", fmt.Errorf("two formats, %s and %s: give one of them", short, name)
		default:
			name = short
		}
	}
	if name == "" || slices.Contains(known, name) {
		return name, nil
	}
	hint := "choose one of " + run.List(known)
	if near, ok := nearest.Name(name, known); ok {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return "", fmt.Errorf("unknown format %q: %s", name, hint)
}

// unknownSuffix refuses a file whose suffix belongs to no format, and lists those that do.
func unknownSuffix(path string, known []string) error {
	suffix := filepath.Ext(path)
	if suffix == "" || suffix == ".txt" || path == "-" || strings.HasPrefix(path, "/dev/") {
		return nil
	}
	return fmt.Errorf("-o %s: no format goes by %s: give --format, or one of %s", output.Sanitize(path), output.Sanitize(suffix), strings.Join(known, ", "))
}
