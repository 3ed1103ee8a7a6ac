// Blocks that are compressed on other cores.

package compression

import (
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A Quick encoder appends a block as a frame of zstd. ok is false if it cannot. It is safe for
// concurrent use.
type Quick func(dst, block []byte) (frame []byte, ok bool)

// A Framer compresses blocks. It is safe for concurrent use.
type Framer struct {
	kind  Kind
	zstd  *zstd.Encoder
	quick Quick // nil is none
	gzips sync.Pool
	cores chan struct{} // one for each block that is being compressed
}

// The levels: zstd's quickest level takes less time than the rest of an export, and gzip's
// level 1 takes half the time of its default level, for a tenth more bytes. See `make
// bench`.
const (
	zstdLevel = zstd.SpeedFastest
	gzipLevel = gzip.BestSpeed
	// window is the largest distance that zstd looks back; no block is much larger.
	window = 1 << 20
)

// NewFramer returns a framer of a kind other than None. Quick, if not nil, makes zstd
// frames instead of the encoder in Go.
func NewFramer(k Kind, quick Quick) *Framer {
	cores := runtime.GOMAXPROCS(0)
	f := &Framer{kind: k, quick: quick, cores: make(chan struct{}, cores)}
	if k == Zstd {
		// Only contradicting options are errors.
		f.zstd, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstdLevel), zstd.WithEncoderConcurrency(cores), zstd.WithWindowSize(window), zstd.WithZeroFrames(true))
	}
	return f
}

// Frame appends a block to dst as an independent member or frame.
func (f *Framer) Frame(dst, block []byte) []byte {
	if f.kind == Zstd {
		if f.quick != nil {
			if frame, ok := f.quick(dst, block); ok {
				return frame
			}
		}
		return f.zstd.EncodeAll(block, dst)
	}
	out := &appended{dst}
	z, _ := f.gzips.Get().(*gzip.Writer)
	if z == nil {
		z, _ = gzip.NewWriterLevel(out, gzipLevel) // only an invalid level is an error
	} else {
		z.Reset(out)
	}
	// Neither fails, because appending does not.
	_, _ = z.Write(block)
	_ = z.Close()
	f.gzips.Put(z)
	return out.b
}

type appended struct{ b []byte }

func (a *appended) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// A Queue compresses blocks on other cores and returns the compressed frames in order. Only
// one goroutine may use it at a time. If a queue is dropped with blocks in it, no goroutine
// remains: each one ends after its block, which it still emits.
type Queue struct {
	framer *Framer
	emit   func(frame []byte) error
	last   <-chan error // the result of emitting the previous frame; nil if there is none
	jobs   []chan job
	unused [][]byte
}

// A job is a block, its compressed frame, and the error of the queue's emit.
type job struct {
	block, frame []byte
	err          error
}

// NewQueue returns an empty queue. Emit is called with each frame on the core that has
// compressed it and still has it in its cache: writing it to a file on another core takes
// three times as long. Only one call runs at a time, and there is none after an error. If
// emit is nil, the frames wait for Pop.
func NewQueue(f *Framer, emit func(frame []byte) error) *Queue {
	return &Queue{framer: f, emit: emit}
}

// Push takes ownership of a block. It waits until a core is free.
func (q *Queue) Push(block []byte) {
	done, emitted := make(chan job, 1), make(chan error, 1)
	before := q.last
	q.jobs, q.last = append(q.jobs, done), emitted
	frame := q.buffer()
	q.framer.cores <- struct{}{}
	go func() {
		defer func() { <-q.framer.cores }()
		j := job{block: block, frame: q.framer.Frame(frame, block)}
		if q.emit != nil {
			if before != nil {
				j.err = <-before
			}
			if j.err == nil {
				j.err = q.emit(j.frame)
			}
			emitted <- j.err
		}
		done <- j
	}()
}

// Len returns the number of blocks that were pushed and not popped.
func (q *Queue) Len() int { return len(q.jobs) }

// Full reports whether there are enough blocks to keep all cores busy.
func (q *Queue) Full() bool { return len(q.jobs) > cap(q.framer.cores) }

// Pop waits for the oldest block and calls f, if it is not nil, with its frame, which is
// lent for the call. The error is that of f, or of the queue's emit.
func (q *Queue) Pop(f func(frame []byte) error) error {
	j := <-q.jobs[0]
	q.jobs = q.jobs[1:]
	err := j.err
	if f != nil {
		err = f(j.frame)
	}
	q.keep(j.block)
	q.keep(j.frame)
	return err
}

// Buffer returns an empty buffer for the next block, which may have been used before.
func (q *Queue) Buffer() []byte { return q.buffer() }

// Clear waits for all blocks and drops them.
func (q *Queue) Clear() {
	for len(q.jobs) > 0 {
		_ = q.Pop(nil) // errors are dropped, too
	}
}

func (q *Queue) buffer() []byte {
	if n := len(q.unused); n > 0 {
		b := q.unused[n-1]
		q.unused = q.unused[:n-1]
		return b
	}
	return nil
}

// keep keeps a buffer for later, unless a huge value has made it very large.
func (q *Queue) keep(b []byte) {
	if cap(b) <= 4*blockSize && len(q.unused) < 4 {
		q.unused = append(q.unused, b[:0])
	}
}

// blockSize is how many bytes are collected before they are compressed. With blocks of 1
// MiB, zstd's output is hardly larger than for the whole data.
const blockSize = 1 << 20

// A Writer compresses its input and writes it to w. After an error, all later calls return
// that error. Only one goroutine may use it at a time.
type Writer struct {
	w     io.Writer
	queue *Queue
	block []byte
	some  bool // a block was begun
	err   error
}

// NewWriter returns a writer of a kind other than None. Quick is as for [NewFramer].
func NewWriter(w io.Writer, k Kind, quick Quick) *Writer {
	return &Writer{w: w, queue: NewQueue(NewFramer(k, quick), nil)}
}

// Write copies p.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.some = w.some || len(p) > 0
	if w.block = append(w.block, p...); len(w.block) >= blockSize {
		w.push()
	}
	for w.err == nil && w.queue.Full() {
		w.pop()
	}
	return len(p), w.err
}

func (w *Writer) push() {
	w.queue.Push(w.block)
	w.block = w.queue.Buffer()
}

func (w *Writer) pop() {
	err := w.queue.Pop(func(frame []byte) error {
		_, err := w.w.Write(frame)
		return err
	})
	if w.err == nil {
		w.err = err
	}
}

// Flush writes everything that was written so far, so that a reader can decompress it.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.block) > 0 {
		w.push()
	}
	for w.err == nil && w.queue.Len() > 0 {
		w.pop()
	}
	return w.err
}

// Close flushes. If nothing was written, it writes a compressed file of no bytes. It does
// not close the underlying writer.
func (w *Writer) Close() error {
	if w.err == nil && !w.some {
		w.some = true
		w.push()
	}
	err := w.Flush()
	w.queue.Clear()
	return err
}
