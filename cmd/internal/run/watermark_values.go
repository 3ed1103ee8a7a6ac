// The values of watermarks: their types, and how they compare.

package run

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/sources/row"
)

// kindOf returns the type of a value as a watermark.
func (t *watermark) kindOf(b *row.Batch, c row.Cell) (string, error) {
	inArena := c.Flags&row.InArena != 0
	switch c.Kind {
	case row.Int, row.Uint:
		return exportstate.Integer, nil
	case row.Decimal:
		if inArena && bytes.ContainsFunc(b.Bytes(c), func(r rune) bool { return r > '9' }) {
			break // NaN, Infinity, or a number with an exponent
		}
		return exportstate.Decimal, nil
	case row.Date:
		if !inArena {
			return exportstate.Date, nil
		}
	case row.Timestamp:
		if !inArena {
			return exportstate.Timestamp, nil
		}
	case row.TimestampTZ:
		if !inArena {
			return exportstate.Instant, nil
		}
	case row.Text:
		declared := t.schema.Columns[t.at].Declared
		if declared != row.Date && declared != row.Timestamp {
			break
		}
		if _, ok := row.ParseMoment(b.Bytes(c)); !ok {
			return "", fmt.Errorf("%.60q is no %s of an existing day, and would keep all later rows from being found", b.Bytes(c), declared)
		}
		return exportstate.Stored, nil
	}
	err := fmt.Errorf("%.60q (%s) is no watermark: that is an integer, a decimal, a date, a timestamp or an instant which is finite", b.AppendText(nil, c), c.Kind)
	if c.Kind != row.Decimal && c.Kind != row.Date && c.Kind != row.Timestamp && c.Kind != row.TimestampTZ {
		return "", &unsuited{err}
	}
	return "", err
}

// An unsuited error says that a column cannot be a watermark or a key, whatever its values
// are.
type unsuited struct{ error }

func article(kind string) string {
	if strings.ContainsRune("aeiou", rune(kind[0])) {
		return "an " + kind
	}
	return "a " + kind
}

// keyOf returns the key of a kept value, in the same form as the keys of rows.
func keyOf(s exportstate.Since) []byte {
	if s.Type == exportstate.Stored {
		return []byte(s.Value)
	}
	kind := map[string]row.Kind{exportstate.Integer: row.Decimal, exportstate.Decimal: row.Decimal, exportstate.Date: row.Date, exportstate.Timestamp: row.Timestamp, exportstate.Instant: row.TimestampTZ}[s.Type]
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Type: kind}}})
	defer b.Release()
	switch kind {
	case row.Decimal:
		b.Decimal([]byte(s.Value))
	case row.Date:
		b.DateText([]byte(s.Value))
	default:
		b.TimestampText([]byte(s.Value), kind == row.TimestampTZ)
	}
	return b.AppendKey(nil, b.Cells[0])
}

// formOf returns the form of a stored timestamp, as far as it affects the order of texts.
func formOf(s exportstate.Since) string {
	if s.Type != exportstate.Stored || len(s.Value) < len("2026-01-31T") {
		return "date"
	}
	text := s.Value[len("2026-01-31"):]
	zone := ""
	if at := strings.LastIndexAny(text, "Z+-"); at > 0 {
		text, zone = text[:at], text[at:]
	}
	form := text[:1] + zone
	if zone != "" || len(text) < len("T08:30:00") { // the following text would be compared with the zone, or with seconds
		form += fmt.Sprint(len(text))
	}
	return form
}
