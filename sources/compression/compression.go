// Package compression compresses results and reads compressed files.
//
//	k, name := compression.OfPath("orders.csv.gz")   // Gzip, "orders.csv"
//	w := compression.NewWriter(out, k, nil)          // blocks are compressed on other cores
//	r, err := compression.NewReader(file, k)
//
// Data is split into blocks. Each block becomes an independent member of gzip or frame of
// zstd. In both formats a file is a sequence of these, so blocks can be compressed in
// parallel, and files that were compressed separately can be joined without reading them.
package compression

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A Kind is a compression format; the zero value is none.
type Kind uint8

// The kinds.
const (
	None Kind = iota
	Gzip
	Zstd
)

// Kinds are the kinds that compress, in the order in which help shows them.
var Kinds = []Kind{Gzip, Zstd}

var kinds = [...]struct{ name, suffix string }{Gzip: {"gzip", ".gz"}, Zstd: {"zstd", ".zst"}}

// String returns the kind's name, which is empty for None.
func (k Kind) String() string { return kinds[k].name }

// Suffix returns the suffix of file names, with the dot; it is empty for None.
func (k Kind) Suffix() string { return kinds[k].suffix }

// Parse returns the kind with a name.
func Parse(name string) (Kind, error) {
	for _, k := range Kinds {
		if name == k.String() {
			return k, nil
		}
	}
	return None, fmt.Errorf("%q: give %s or %s", name, Gzip, Zstd)
}

// OfPath returns the kind that the suffix of a path stands for, and the path without
// that suffix.
func OfPath(path string) (k Kind, rest string) {
	for _, k := range Kinds {
		if at := len(path) - len(k.Suffix()); at > 0 && strings.EqualFold(path[at:], k.Suffix()) {
			return k, path[:at]
		}
	}
	return None, path
}

// maxWindow bounds the memory that a zstd frame from elsewhere can require, in bytes: it is
// enough for zstd --ultra, but not for --long.
const maxWindow = 128 << 20

// NewReader returns a reader of the decompressed data. The reader's errors say that the
// data are damaged or end early. Closing it does not close r.
func NewReader(r io.Reader, k Kind) (io.ReadCloser, error) {
	switch k {
	case Gzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, damaged(k, err)
		}
		return reader{z, k, func() { _ = z.Close() }}, nil // closing it checks nothing
	case Zstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, damaged(k, err)
		}
		return reader{z, k, z.Close}, nil
	case None:
	}
	return io.NopCloser(r), nil
}

type reader struct {
	io.Reader
	kind  Kind
	close func()
}

func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // an error that wraps io.EOF is not the end
		err = damaged(r.kind, err)
	}
	return n, err
}

func (r reader) Close() error {
	r.close()
	return nil
}

// damaged returns the error for data that cannot be read.
func damaged(k Kind, err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("its end is missing (%s)", k)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fmt.Errorf("it was compressed with a window of more than %d MiB: compress it without the long mode of zstd", maxWindow>>20)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrMagicMismatch), errors.Is(err, zstd.ErrCRCMismatch):
		return fmt.Errorf("it is damaged, or not compressed with %s", k)
	}
	return fmt.Errorf("it cannot be decompressed (%s): %w", k, err)
}
