// Rows in the forms of COPY: binary where every column has a type whose binary form is
// known to be exact, and text otherwise.

package postgres

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// An encoder appends a value, which is not NULL, in the binary form of its type.
type encoder func(dst []byte, b *row.Batch, c row.Cell) []byte

// encoders has the encoder of each type that is sent in binary.
var encoders = map[uint32]encoder{
	16: func(dst []byte, _ *row.Batch, c row.Cell) []byte { return append(dst, byte(c.Bits)) },
	20: func(dst []byte, _ *row.Batch, c row.Cell) []byte { return binary.BigEndian.AppendUint64(dst, c.Bits) },
	21: func(dst []byte, _ *row.Batch, c row.Cell) []byte {
		return binary.BigEndian.AppendUint16(dst, uint16(c.Bits))
	},
	23: func(dst []byte, _ *row.Batch, c row.Cell) []byte {
		return binary.BigEndian.AppendUint32(dst, uint32(c.Bits))
	},
	700: func(dst []byte, _ *row.Batch, c row.Cell) []byte {
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(math.Float64frombits(c.Bits))))
	},
	701: func(dst []byte, _ *row.Batch, c row.Cell) []byte {
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(row.DoubleOf(c)))
	},
	1082: encodeDate,
	1083: func(dst []byte, b *row.Batch, c row.Cell) []byte {
		micros, _ := b.Moment(c)
		return binary.BigEndian.AppendUint64(dst, uint64(micros))
	},
	1114: encodeMoment,
	1184: encodeMoment,
	1700: encodeNumeric,
	17:   encodeBytes,
	25:   encodeBytes,
	1042: encodeBytes,
	1043: encodeBytes,
	114:  encodeBytes,
	3802: func(dst []byte, b *row.Batch, c row.Cell) []byte { return encodeBytes(append(dst, 1), b, c) },
	2950: func(dst []byte, b *row.Batch, c row.Cell) []byte {
		raw, _ := uuidOf(b.Bytes(c)) // the column has checked it
		return append(dst, raw...)
	},
}

func encodeBytes(dst []byte, b *row.Batch, c row.Cell) []byte { return append(dst, b.Bytes(c)...) }

func encodeDate(dst []byte, b *row.Batch, c row.Cell) []byte {
	days := int64(c.Bits) - epoch
	if c.Flags&row.InArena != 0 {
		switch string(b.Bytes(c)) {
		case "infinity":
			return binary.BigEndian.AppendUint32(dst, math.MaxInt32)
		case "-infinity":
			return binary.BigEndian.AppendUint32(dst, 1<<31)
		}
		days, _ = b.Day(c)
		days -= epoch
	}
	return binary.BigEndian.AppendUint32(dst, uint32(int32(days)))
}

func encodeMoment(dst []byte, b *row.Batch, c row.Cell) []byte {
	if c.Flags&row.InArena != 0 {
		switch string(b.Bytes(c)) {
		case "infinity":
			return binary.BigEndian.AppendUint64(dst, math.MaxInt64)
		case "-infinity":
			return binary.BigEndian.AppendUint64(dst, 1<<63)
		}
	}
	micros, _ := b.Moment(c)
	return binary.BigEndian.AppendUint64(dst, uint64(micros-epoch*row.MicrosPerDay))
}

// encodeNumeric writes groups of four digits, the weight of the first, the sign, and
// how many digits follow the point.
func encodeNumeric(dst []byte, b *row.Batch, c row.Cell) []byte {
	var room [80]byte
	text := b.AppendText(room[:0], c)
	const negative, nan, positiveInfinity, negativeInfinity = 0x4000, 0xc000, 0xd000, 0xf000
	head := func(groups, weight, sign, scale int) []byte {
		for _, n := range [...]int{groups, weight, sign, scale} {
			dst = binary.BigEndian.AppendUint16(dst, uint16(n))
		}
		return dst
	}
	sign := 0
	if len(text) > 0 && text[0] == '-' {
		sign, text = negative, text[1:]
	}
	switch {
	case string(text) == "NaN":
		return head(0, 0, nan, 0)
	case string(text) == "Infinity" && sign == 0:
		return head(0, 0, positiveInfinity, 0)
	case string(text) == "Infinity":
		return head(0, 0, negativeInfinity, 0)
	}
	whole, part, _ := bytes.Cut(text, []byte{'.'})
	scale := len(part)
	whole = bytes.TrimLeft(whole, "0")
	var digits [400]byte
	all := append(digits[:0], "000"[:(4-len(whole)%4)%4]...)
	all = append(append(all, whole...), part...)
	all = append(all, "000"[:(4-len(part)%4)%4]...)
	weight := (len(whole)+3)/4 - 1
	for len(all) > 0 && string(all[:4]) == "0000" {
		all, weight = all[4:], weight-1
	}
	for len(all) > 0 && string(all[len(all)-4:]) == "0000" {
		all = all[:len(all)-4]
	}
	if len(all) == 0 {
		return head(0, 0, 0, scale)
	}
	dst = head(len(all)/4, weight, sign, scale)
	for ; len(all) > 0; all = all[4:] {
		n := int(all[0]-'0')*1000 + int(all[1]-'0')*100 + int(all[2]-'0')*10 + int(all[3]-'0')
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	}
	return dst
}

// inBinary reports whether all columns are sent in binary.
func inBinary(columns []load.Column) bool {
	return !slices.ContainsFunc(columns, func(c load.Column) bool { return encoders[c.Code] == nil })
}

// copyPart is the size, in bytes, from which the buffered rows are sent.
const copyPart = 64 << 10

// A copyWriter writes rows as messages of COPY.
type copyWriter struct {
	send     func(message []byte) error
	encoders []encoder // nil for text
	buffer   []byte    // a message, after its header
	text     []byte
	sent     int64
}

const copyHeader = 5 // of a message: its kind and its length

func newCopyWriter(columns []load.Column, send func([]byte) error) *copyWriter {
	w := &copyWriter{send: send, buffer: append(make([]byte, 0, copyPart+copyPart/4), 'd', 0, 0, 0, 0)}
	if inBinary(columns) {
		for _, c := range columns {
			w.encoders = append(w.encoders, encoders[c.Code])
		}
		w.buffer = append(w.buffer, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	}
	return w
}

// add writes the rows of a batch.
func (w *copyWriter) add(b *row.Batch) error {
	for i := range b.Rows() {
		if w.encoders != nil {
			w.binary(b, b.Row(i))
		} else {
			w.plain(b, b.Row(i))
		}
		if len(w.buffer) >= copyPart {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *copyWriter) flush() error {
	binary.BigEndian.PutUint32(w.buffer[1:], uint32(len(w.buffer)-1))
	w.sent += int64(len(w.buffer) - copyHeader)
	err := w.send(w.buffer)
	w.buffer = w.buffer[:copyHeader]
	return err
}

// end sends the rest.
func (w *copyWriter) end() error {
	if w.encoders != nil {
		w.buffer = append(w.buffer, 0xff, 0xff)
	}
	return w.flush()
}

func (w *copyWriter) binary(b *row.Batch, cells []row.Cell) {
	dst := binary.BigEndian.AppendUint16(w.buffer, uint16(len(cells)))
	for i, c := range cells {
		if c.Kind == row.Null {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(dst)
		dst = w.encoders[i](append(dst, 0, 0, 0, 0), b, c)
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	w.buffer = dst
}

// plain writes a row as text: values between tabs, with escapes for characters that have a
// meaning.
func (w *copyWriter) plain(b *row.Batch, cells []row.Cell) {
	dst := w.buffer
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, '\t')
		}
		if c.Kind == row.Null {
			dst = append(dst, '\\', 'N')
			continue
		}
		w.text = b.AppendText(w.text[:0], c)
		for _, ch := range w.text {
			switch ch {
			case '\\':
				dst = append(dst, '\\', '\\')
			case '\t':
				dst = append(dst, '\\', 't')
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			default:
				dst = append(dst, ch)
			}
		}
	}
	w.buffer = append(dst, '\n')
}
