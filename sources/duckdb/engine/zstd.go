// Compression by the zstd that is linked with DuckDB.

package engine

// #cgo CXXFLAGS: -std=c++11 -O2
// #include "zstd.h"
import "C"

import (
	"runtime"
	"slices"
	"sync"
	"unsafe"
)

// With the level's own table of 64 KiB and its matches of 6 bytes, compressing an export
// takes a third more time, and files of rows have the same size within 1 %. With these
// values prose is 10 % larger.
const (
	// zstdLevel is zstd's quickest level with entropy coding of all literals.
	zstdLevel = 1
	// zstdHashLog makes the table of hashes 16 KiB: a core's first cache holds it, while
	// the database's process and ours share the others.
	zstdHashLog = 12
	// zstdMinMatch is the fewest bytes of a match: shorter ones among random digits cost
	// more time than they save bytes.
	zstdMinMatch = 7
)

// zstds holds contexts that are not in use, for all writers: each takes more than 1 MiB.
var zstds = sync.Pool{New: func() any {
	c := C.fanql_zstd_new(zstdLevel, zstdHashLog, zstdMinMatch)
	if c == nil {
		return (*zstdContext)(nil)
	}
	z := &zstdContext{c}
	runtime.AddCleanup(z, func(c unsafe.Pointer) { C.fanql_zstd_free(c) }, c)
	return z
}}

type zstdContext struct{ c unsafe.Pointer }

// Zstd appends a frame of zstd with the block and its checksum. It takes half the time of
// the implementation in Go. It is safe for concurrent use. ok is false if there is no
// memory.
func Zstd(dst, block []byte) (frame []byte, ok bool) {
	z, _ := zstds.Get().(*zstdContext)
	if z == nil {
		return dst, false
	}
	defer zstds.Put(z)
	dst = slices.Grow(dst, int(C.fanql_zstd_bound(C.size_t(len(block)))))
	room := dst[len(dst):cap(dst)]
	n := C.fanql_zstd_compress(z.c, unsafe.Pointer(unsafe.SliceData(room)), C.size_t(len(room)), unsafe.Pointer(unsafe.SliceData(block)), C.size_t(len(block)))
	runtime.KeepAlive(z)
	return dst[:len(dst)+int(n)], n > 0
}
