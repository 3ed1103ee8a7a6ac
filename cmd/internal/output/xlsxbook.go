// The workbook that sheets are joined to.

package output

import (
	archive "archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// A sheetPart is a sheet in the spool, compressed.
type sheetPart struct {
	name       string
	at         int64
	crc        uint32
	size, full int64 // the sizes with and without compression
}

// partPath is the path of the sheet inside a workbook with one sheet.
const partPath = "xl/worksheets/sheet1.xml"

// newSheet returns a workbook and the writer of its only sheet. First says that this is the
// active sheet of the result.
func newSheet(folder string, first bool) (*excelize.File, *excelize.StreamWriter, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: folder})
	err := addStyles(f)
	if err == nil && !first { // several active sheets would be edited together
		var other int
		if other, err = f.NewSheet("other"); err == nil {
			f.SetActiveSheet(other)
		}
	}
	var rows *excelize.StreamWriter
	if err == nil {
		rows, err = f.NewStreamWriter("Sheet1")
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, rows, nil
}

// retire puts the sheet that was written into the spool.
func (x *xlsxWriter) retire() error {
	s := x.sheet
	x.sheet = nil
	part := sheetPart{name: s.name, at: x.spooled}
	to := &taking{path: partPath, w: &sheetWriter{part: &part, crc: crc32.NewIEEE()}}
	var err error
	counted := &counting{w: x.spool, n: &part.size}
	if to.w.z, err = flate.NewWriter(counted, flate.BestSpeed); err != nil {
		return err
	}
	if err = s.rows.Flush(); err == nil {
		s.book.ZipWriter = func(io.Writer) excelize.ZipWriter { return to }
		_, err = s.book.WriteToBuffer()
	}
	if err == nil {
		err = to.w.Close()
	}
	if err = errors.Join(err, s.book.Close()); err != nil {
		return err
	}
	if part.full >= math.MaxUint32 {
		return fmt.Errorf("xlsx: sheet %s takes more than 4 GiB: leave columns out, or write csv", s.name)
	}
	part.crc = to.w.crc.Sum32()
	x.spooled += part.size
	x.parts = append(x.parts, part)
	return nil
}

// A counting writer counts bytes.
type counting struct {
	w io.Writer
	n *int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

// A sheetWriter compresses a sheet, and converts texts that [exactNumber] marked to
// numbers.
type sheetWriter struct {
	part *sheetPart
	crc  hash.Hash32
	z    *flate.Writer
	text []byte // the rest, which may be incomplete
}

// numberMark precedes a number that is passed to excelize as text, because excelize would
// cut it to 15 digits. textMark precedes any text that begins like a mark.
const (
	mark       = "\ue000"
	numberMark = mark + "N"
	textMark   = mark + "T"
)

// exactNumber returns a number with all of its digits.
func exactNumber(f float64) any {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if len(text) <= exactDigits {
		return f
	}
	return numberMark + text
}

// plainText returns a text for excelize.
func plainText(text string) string {
	if strings.HasPrefix(text, mark) {
		return textMark + text
	}
	return text
}

func (w *sheetWriter) Write(p []byte) (int, error) {
	w.text = append(w.text, p...)
	end := bytes.LastIndex(w.text, []byte("</c>"))
	if end < 0 {
		end = 0
	}
	err := w.put(unmarked(w.text[:end]))
	w.text = w.text[:copy(w.text, w.text[end:])]
	return len(p), err
}

func (w *sheetWriter) put(p []byte) error {
	_, _ = w.crc.Write(p) // it never fails
	w.part.full += int64(len(p))
	_, err := w.z.Write(p)
	return err
}

// Close writes the rest.
func (w *sheetWriter) Close() error { return errors.Join(w.put(unmarked(w.text)), w.z.Close()) }

// unmarked returns complete cells, in which marked texts are now numbers.
func unmarked(cells []byte) []byte {
	if !bytes.Contains(cells, []byte(mark)) {
		return cells
	}
	const before, after = ` t="inlineStr"><is><t>`, "</t></is>"
	out := make([]byte, 0, len(cells))
	for {
		at := bytes.Index(cells, []byte(mark))
		if at < 0 {
			return append(out, cells...)
		}
		text := cells[at:]
		switch {
		case bytes.HasPrefix(text, []byte(numberMark)) && bytes.HasSuffix(cells[:at], []byte(before)):
			number, rest, _ := bytes.Cut(text[len(numberMark):], []byte(after))
			out = append(append(append(out, cells[:at-len(before)]...), "><v>"...), number...)
			out = append(out, "</v>"...)
			cells = rest
		case bytes.HasPrefix(text, []byte(textMark)) && at > 0 && cells[at-1] == '>': // the end of <t> or <t xml:space="preserve">
			rest := text[len(textMark)+len(mark):]
			out = append(append(out, cells[:at]...), mark...)
			cells = rest
		default: // within a text
			out = append(append(out, cells[:at]...), mark...)
			cells = text[len(mark):]
		}
	}
}

// taking extracts one file from a workbook that is being written, and drops all others.
type taking struct {
	path string
	w    *sheetWriter
}

func (t *taking) Create(name string) (io.Writer, error) {
	if name == t.path {
		return t.w, nil
	}
	return io.Discard, nil
}

func (*taking) AddFS(fs.FS) error { return errors.ErrUnsupported }
func (*taking) Close() error      { return nil }

// join writes the workbook of all sheets.
func (x *xlsxWriter) join() (err error) {
	f := excelize.NewFile(excelize.Options{TmpDir: x.folder})
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := addStyles(f); err != nil {
		return err
	}
	sheets := map[string]sheetPart{}
	for i, p := range x.parts {
		if i == 0 {
			err = f.SetSheetName("Sheet1", p.name)
		} else {
			_, err = f.NewSheet(p.name)
		}
		if err != nil {
			return err
		}
		sheets[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = p
	}
	book := &joining{zip: archive.NewWriter(x.to), sheets: sheets, spool: x.spool}
	f.ZipWriter = func(io.Writer) excelize.ZipWriter { return book }
	if _, err := f.WriteToBuffer(); err != nil {
		return err
	}
	if book.put != len(sheets) {
		return fmt.Errorf("xlsx: %d of %d sheets were written", book.put, len(sheets))
	}
	return nil
}

// joining writes a workbook with the sheets of the spool instead of its own.
type joining struct {
	zip    *archive.Writer
	sheets map[string]sheetPart
	spool  io.ReaderAt
	put    int
}

func (j *joining) Create(name string) (io.Writer, error) {
	p, ok := j.sheets[name]
	if !ok {
		return j.zip.Create(name)
	}
	to, err := j.zip.CreateRaw(&archive.FileHeader{
		Name: name, Method: archive.Deflate, CRC32: p.crc, CompressedSize64: uint64(p.size), UncompressedSize64: uint64(p.full),
	})
	if err == nil {
		_, err = io.Copy(to, io.NewSectionReader(j.spool, p.at, p.size))
	}
	j.put++
	return io.Discard, err
}

func (*joining) AddFS(fs.FS) error { return errors.ErrUnsupported }
func (j *joining) Close() error    { return j.zip.Close() }
