// Package file reads results that were saved to a file, as another source:
//
//	s, err := file.Open("orders.csv", separated.Style{})   // checks the file
//	tasks = append(tasks, query.Task{Source: s})
//
// A Parquet file has types. A CSV file is text without types: an empty cell is NULL,
// and "" is the empty string, as fanql writes them. It may be compressed: orders.csv.gz.
package file

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// A Source is a file as a source, whose columns may have types.
type Source interface {
	Name() string
	Typed() bool
	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
}

// Open checks whether the file can be read and has the format of its name: .parquet, or
// else CSV of the style.
func Open(path string, style separated.Style) (Source, error) {
	if IsCSV(path) {
		return openCSV(path, style)
	}
	return openParquet(path)
}

// IsCSV reports whether Open reads a path as a CSV file.
func IsCSV(path string) bool { return !strings.EqualFold(filepath.Ext(path), ".parquet") }

// openText opens a file that may be compressed, as its suffix says.
func openText(path string) (io.ReadCloser, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	return compression.Decompress(f)
}

// open opens the file. Anything but a regular file could block forever.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = errors.New("is a folder: name a file")
	} else if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a regular file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return f, err
}
