// Room on the disk: temporary files of rows leave some of it to other programs.

package query

import "fmt"

const (
	// roomLeft is the divisor for the room that stays free. A tenth of the room that was
	// free when a temporary file began does, as with DuckDB's own temporary files.
	roomLeft = 10
	// roomEvery is how many bytes of a file are written between two checks of the disk.
	roomEvery = 16 << 20
)

// A diskRoom is the free space of the disk that a temporary file is on.
type diskRoom struct {
	// free returns the free bytes of a folder's disk; ok is false if they are not known. If
	// free is nil, [freeSpace] is used.
	free   func(folder string) (bytes int64, ok bool)
	first  int64 // bytes free before the file was written; 0 if not known yet
	looked int64 // the size of the file at the last check
}

// left returns an error if a file of this size leaves too little room on the disk.
func (r *diskRoom) left(folder string, size int64) error {
	if size-r.looked < roomEvery {
		return nil
	}
	r.looked = size
	if r.free == nil {
		r.free = freeSpace
	}
	now, ok := r.free(folder)
	if !ok {
		return nil
	}
	if r.first == 0 {
		r.first = now + size
	}
	if now < r.first/roomLeft {
		return fmt.Errorf("it has %d MiB, and leaves only %d MiB of the disk", size>>20, now>>20)
	}
	return nil
}
