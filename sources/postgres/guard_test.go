package postgres

import (
	"bytes"
	"io"
	"testing"

	"github.com/fanql/fanql/testdata/hostile"
)

// Whatever a server sends, pgconn gets only bytes that it has sent, and no message that is
// too long for its kind.
func FuzzTheBounds(f *testing.F) {
	f.Add(hostile.Message('Z', "I"))
	f.Add(append(hostile.Message('Z', "I"), hostile.Message('T', "\xff\xffname\x00")...))
	f.Add(append(hostile.Message('Z', "I"), hostile.Message('E', "SERROR\x00Mno\x00\x00")...))
	f.Add([]byte{'R', 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 3})
	f.Add([]byte{'D', 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{'D', 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, sent []byte) {
		m := newMessages(bytes.NewReader(sent))
		m.keepsPassword = true
		read, err := io.ReadAll(m)
		if len(read) > len(sent) {
			t.Errorf("%d bytes of %d (%v)", len(read), len(sent), err)
		}
		rows := newMessages(bytes.NewReader(sent))
		for {
			body, ok := rows.row(1 << 10)
			if !ok {
				break
			}
			if len(body) > 1<<10 {
				t.Errorf("a row of %d bytes", len(body))
			}
		}
	})
}
