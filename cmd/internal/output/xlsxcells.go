// Cells of a sheet: numbers and dates if a spreadsheet can hold them exactly, and otherwise
// text.

package output

import (
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/fanql/fanql/sources/row"
)

// The styles of all workbooks, which are created in this order: their numbers are the
// same in each.
const (
	styleBold = iota + 1
	styleDate
	styleSeconds
	styleMillis
	styleTime
	styleTimeMillis
	styleDecimal // for one digit after the point; the styles for more digits follow
)

// mostShown is the largest number of digits after the point that a style has.
const mostShown = 15

// addStyles gives a workbook the styles.
func addStyles(f *excelize.File) error {
	formats := []string{"", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd hh:mm:ss.000", "hh:mm:ss", "hh:mm:ss.000"}
	for digits := 1; digits <= mostShown; digits++ {
		formats = append(formats, "0."+strings.Repeat("0", digits))
	}
	for _, format := range formats {
		style := &excelize.Style{CustomNumFmt: &format}
		if format == "" {
			style = &excelize.Style{Font: &excelize.Font{Bold: true}}
		}
		if _, err := f.NewStyle(style); err != nil {
			return err
		}
	}
	return nil
}

// exactDigits is the number of digits that a spreadsheet keeps.
const exactDigits = 15

// xlsxCell returns the value of a cell that is not NULL, or why a sheet cannot hold it.
func xlsxCell(b *row.Batch, c row.Cell) (v any, why string) {
	inArena := c.Flags&row.InArena != 0
	text := func() (any, string) {
		t := b.AppendText(nil, c)
		return plainText(string(t)), unfit(t)
	}
	const most = 1e15
	switch c.Kind {
	case row.Bool:
		return c.Bits != 0, ""
	case row.Int:
		if n := int64(c.Bits); !inArena && n > -most && n < most {
			return n, ""
		}
	case row.Uint:
		if !inArena && c.Bits < most {
			return c.Bits, ""
		}
	case row.Float:
		if f, ok := floatCell(b, c); ok {
			return exactNumber(f), ""
		}
	case row.Decimal:
		if v, ok := decimalCell(b, c); ok {
			return v, ""
		}
	case row.Date, row.Timestamp, row.TimestampTZ, row.Time:
		if v, ok := momentCell(b, c); ok {
			return v, ""
		}
	default:
	}
	return text()
}

// floatCell returns a float that a sheet can hold. ok is false for NaN, infinities, and
// floats at the ends of the range.
func floatCell(b *row.Batch, c row.Cell) (f float64, ok bool) {
	f = math.Float64frombits(c.Bits)
	if c.Flags&(row.InArena|row.Single) != 0 { // the double that is printed for it
		var err error
		if f, err = strconv.ParseFloat(string(b.AppendText(nil, c)), 64); err != nil {
			return f, false
		}
	}
	size := math.Abs(f)
	return f, f == 0 && !math.Signbit(f) || size >= 0x1p-1022 && size <= 9.99999999999999e307
}

// decimalCell returns a decimal as a double, with a style for its digits after the point.
// ok is false if it has too many digits for a double.
func decimalCell(b *row.Batch, c row.Cell) (any, bool) {
	text := string(b.AppendText(nil, c))
	whole, fraction, _ := strings.Cut(text, ".")
	digits := strings.TrimLeft(strings.TrimPrefix(whole, "-")+fraction, "0")
	if len(digits) > exactDigits || len(fraction) > mostShown || strings.Trim(digits, "0123456789") != "" {
		return nil, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f == 0 && strings.HasPrefix(text, "-") {
		return nil, false
	}
	if len(fraction) == 0 {
		return f, true
	}
	return excelize.Cell{StyleID: styleDecimal + len(fraction) - 1, Value: f}, true
}

// Sheets count days from the end of 1899. The count is right from March 1900 on, because
// spreadsheets treat 1900 as a leap year.
const (
	sheetEpoch  = 25569 // 1970-01-01
	sheetsFirst = 61    // 1900-03-01
	sheetsLast  = 2958465
)

// momentCell returns a date, a timestamp or a time of day, if a sheet can hold it to the
// microsecond.
func momentCell(b *row.Batch, c row.Cell) (any, bool) {
	if c.Kind == row.Time && strings.ContainsAny(string(b.Bytes(c)), "+-Z") {
		return nil, false
	}
	micros, ok := b.Moment(c)
	if !ok {
		return nil, false
	}
	days := micros / row.MicrosPerDay
	if micros%row.MicrosPerDay < 0 {
		days--
	}
	rest := micros - days*row.MicrosPerDay
	day := days
	if c.Kind != row.Time {
		day += sheetEpoch
	}
	serial := float64(day) + float64(rest)/row.MicrosPerDay
	if back := math.Round((serial - float64(day)) * row.MicrosPerDay); int64(back) != rest {
		return nil, false
	}
	style := styleDate
	switch whole := rest%1e6 == 0; {
	case c.Kind == row.Time:
		if days != 0 {
			return nil, false
		}
		if style = styleTime; !whole {
			style = styleTimeMillis
		}
		return excelize.Cell{StyleID: style, Value: exactNumber(serial)}, true
	case c.Kind != row.Date && whole:
		style = styleSeconds
	case c.Kind != row.Date:
		style = styleMillis
	}
	return excelize.Cell{StyleID: style, Value: exactNumber(serial)}, day >= sheetsFirst && day <= sheetsLast
}
