// A file that begins again.

package output

import "io"

// Rewind drops what was written to the file so far. It is not for files that are written
// directly.
func (f *File) Rewind() error {
	_, err := f.f.Seek(0, io.SeekStart)
	if err == nil {
		err = f.f.Truncate(0)
	}
	return f.failed(err)
}
