// Package file reads results that were saved to a file, as another source:
//
//	s, err := file.Open("orders.csv")   // returns what is wrong with the file
//	tasks = append(tasks, query.Task{Source: s})
//
// A Parquet file has types. A CSV file is text without types: an empty cell is NULL,
// and "" is the empty string, as fanql writes them.
package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Source is a file as a source, whose columns may have types.
type Source interface {
	Name() string
	Typed() bool
	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
}

// Open checks whether the file can be read and has the format of its name: .parquet, or
// else CSV.
func Open(path string) (Source, error) {
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		return openParquet(path)
	}
	return openCSV(path)
}

// open opens the file. Anything but a regular file could block forever.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = errors.New("is a folder")
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
