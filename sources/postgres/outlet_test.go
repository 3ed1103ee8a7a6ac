package postgres

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// An outlet writes the same bytes as pgproto3 does for the complete texts.
func TestALongTextIsWrittenInItsPlace(t *testing.T) {
	long := strings.Repeat("select 1, ", 100)
	messages := func(to interface {
		Send(pgproto3.FrontendMessage)
	}, text string,
	) {
		to.Send(&pgproto3.Parse{Query: "begin"})
		to.Send(&pgproto3.Bind{Parameters: [][]byte{[]byte("P\x00\x00\x00\x09\x00\x01\x00")}})
		to.Send(&pgproto3.Parse{Query: text})
		to.Send(&pgproto3.Execute{})
		to.Send(&pgproto3.Parse{Name: "n", Query: "select 2", ParameterOIDs: []uint32{23}})
		to.Send(&pgproto3.Sync{})
	}
	for name, text := range map[string]string{"a long text": long, "a short one": "select 1"} {
		t.Run(name, func(t *testing.T) {
			var got, want bytes.Buffer
			o := &outlet{to: &got}
			with, without := pgproto3.NewFrontend(nil, o), pgproto3.NewFrontend(nil, &want)
			for range 2 {
				later := o.later(text)
				if second := o.later(long); len(text) == len(long) && second != long {
					t.Error("a second long text is taken out of the message, too")
				}
				messages(with, later)
				messages(without, text)
				for _, f := range []*pgproto3.Frontend{with, without} {
					if err := f.Flush(); err != nil {
						t.Fatal(err)
					}
				}
				o.text = ""
			}
			if !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("it wrote\n%q\nwant\n%q", got.Bytes(), want.Bytes())
			}
		})
	}
}

// Only settings that are used are kept, since the others would take memory for each
// connection.
func TestOnlyParametersOfUseAreKept(t *testing.T) {
	var from bytes.Buffer
	server := pgproto3.NewBackend(nil, &from)
	server.Send(&pgproto3.AuthenticationOk{})
	for _, name := range []string{"in_hot_standby", "TimeZone", "is_superuser", strings.Repeat("n", 100), "server_version"} {
		server.Send(&pgproto3.ParameterStatus{Name: name, Value: "on"})
	}
	server.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if err := server.Flush(); err != nil {
		t.Fatal(err)
	}
	client := pgproto3.NewFrontend(newMessages(&from), nil)
	var kept []string
	for {
		m, err := client.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := m.(*pgproto3.ParameterStatus); ok {
			kept = append(kept, p.Name[:8])
		}
		if _, ready := m.(*pgproto3.ReadyForQuery); ready {
			break
		}
	}
	if got := strings.Join(kept, " "); got != "TimeZone nnnnnnnn server_v" {
		t.Errorf("kept are %s", got)
	}
}
