// Whole texts in files whose suffix says how they are compressed.

package compression

import (
	"errors"
	"io"
	"os"
)

// Pack calls write with a writer to w, which compresses as the suffix of the path says.
func Pack(w io.Writer, path string, write func(io.Writer) error) error {
	k, _ := OfPath(path)
	if k == None {
		return write(w)
	}
	z := NewWriter(w, k, nil)
	return errors.Join(write(z), z.Close())
}

// Open opens a file for reading, and decompresses it as its suffix says. A file without
// bytes is an empty text, whatever its suffix is. The caller closes the reader.
func Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return Decompress(f)
}

// Decompress is Open for an open file. It takes ownership of the file.
func Decompress(f *os.File) (io.ReadCloser, error) {
	k, _ := OfPath(f.Name())
	if k == None {
		return f, nil
	}
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		return f, nil
	}
	text, err := NewReader(f, k)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return unpacked{text, f}, nil
}

// ReadFile reads the text of a file that [Open] opens.
func ReadFile(path string) (text []byte, err error) {
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(r)
}

// unpacked is the reader of a compressed file.
type unpacked struct {
	io.ReadCloser
	f *os.File
}

func (u unpacked) Close() error { return errors.Join(u.ReadCloser.Close(), u.f.Close()) }
