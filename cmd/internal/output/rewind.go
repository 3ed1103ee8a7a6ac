// Rewinds a file to its beginning.

package output

import "io"

// Rewind drops everything that was written to the file. It must not be called for files
// that are written directly.
func (f *File) Rewind() error {
	_, err := f.f.Seek(0, io.SeekStart)
	if err == nil {
		err = f.f.Truncate(0)
	}
	return f.failed(err)
}
