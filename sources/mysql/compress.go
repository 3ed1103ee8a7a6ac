// Compression, below the driver. Frames are inflated no further than their header says,
// and checked; the driver gets them uncompressed.

package mysql

import (
	"bytes"
	"compress/zlib"
	"io"
)

// The header of a frame: its length, its number, and its inflated length, or 0 if it is
// not compressed.
const frameSize = 7

// An inflater reads the content of frames.
type inflater struct {
	from  io.Reader
	frame io.LimitedReader // the rest of the frame, as transferred
	plain io.Reader        // the rest of its content
	left  int              // bytes of the content
	zlib  io.ReadCloser    // kept for the next frame
}

func (f *inflater) Read(b []byte) (int, error) {
	for f.left == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n, err := f.plain.Read(b[:min(len(b), f.left)])
	f.left -= n
	if err == io.EOF && f.left == 0 {
		err = nil
	}
	return n, err
}

// next begins the next frame.
func (f *inflater) next() error {
	if _, err := io.Copy(io.Discard, &f.frame); err != nil { // the checksum, say
		return err
	}
	var header [frameSize]byte
	if _, err := io.ReadFull(f.from, header[:]); err != nil {
		return err
	}
	size, inflated := packetSize(header[:])-headerSize, packetSize(header[headerSize:])-headerSize
	f.frame = io.LimitedReader{R: f.from, N: int64(size)}
	if f.left = size; inflated == 0 {
		f.plain = &f.frame
		return nil
	}
	f.left = inflated
	if f.zlib == nil {
		var err error
		f.zlib, err = zlib.NewReader(&f.frame)
		f.plain = f.zlib
		return err
	}
	f.plain = f.zlib
	return f.zlib.(zlib.Resetter).Reset(&f.frame, nil)
}

// framing gives the driver packets in frames, as it expects them.
type framing struct {
	ready  []byte
	number byte
	buf    [frameSize + 16<<10]byte
}

func (f *framing) read(b []byte, from io.Reader) (int, error) {
	if len(f.ready) == 0 {
		n, err := from.Read(f.buf[frameSize:])
		if n == 0 {
			return 0, err
		}
		copy(f.buf[:], []byte{byte(n), byte(n >> 8), byte(n >> 16), f.number, 0, 0, 0})
		f.number++
		f.ready = f.buf[:frameSize+n]
	}
	n := copy(b, f.ready)
	f.ready = f.ready[n:]
	return n, nil
}

// commandOf returns the command that the driver sends in a frame.
func commandOf(frame []byte) byte {
	content := make([]byte, headerSize+1)
	if len(frame) < frameSize {
		return 0
	}
	from := io.Reader(bytes.NewReader(frame[frameSize:]))
	if packetSize(frame[headerSize:frameSize]) > headerSize {
		inflated, err := zlib.NewReader(from)
		if err != nil {
			return 0
		}
		from = inflated
	}
	_, _ = io.ReadFull(from, content) // a command that is cut off does not matter
	return content[headerSize]
}
