// The session's time zone, and instants in it.
//
// A server sends a TIMESTAMP in the zone of the session, where one hour of a year may
// occur twice. So, unless the zone is UTC, a statement whose result has a TIMESTAMP is
// executed with a cursor: the server evaluates it in that zone and keeps the rows, with
// instants as instants. Then the session is set to UTC, and the rows are fetched.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

const (
	utc         = "+00:00"
	unknownZone = 1298
)

// zoneOf returns the zone that a session is in; empty for UTC. System is the server's
// abbreviation of its own zone. It only shows whether that is UTC: a London server's is
// GMT if it was started in winter.
func zoneOf(session, system string) string {
	switch {
	case session == "SYSTEM" && system == "UTC", session == utc, session == "-00:00",
		strings.EqualFold(session, "UTC"), strings.EqualFold(session, "Etc/UTC"):
		return ""
	}
	return session
}

// A preparation is the answer to a prepared statement, as its packets pass.
type preparation struct {
	packets    int
	id         uint32 // of the statement
	parameters int    // whose definitions come before those of the columns
	instants   bool   // a column is a TIMESTAMP
	described  *[]row.Column
}

// see reads a packet of the answer to COM_STMT_PREPARE: first 0 and the id, then a
// definition of each parameter and column.
func (p *preparation) see(packet []byte) {
	const timestamp = 7
	p.packets++
	if p.packets == 1 {
		if len(packet) >= 5 && packet[0] == 0 {
			p.id = binary.LittleEndian.Uint32(packet[1:])
		}
		if len(packet) >= 9 {
			p.parameters = int(binary.LittleEndian.Uint16(packet[7:]))
		}
		return
	}
	var name []byte
	for i := range 6 { // catalog, schema, table, its own name, name, its own name
		text, size, ok := lengthEncoded(packet)
		if !ok {
			return
		}
		if i == 4 {
			name = text
		}
		packet = packet[size:]
	}
	if p.described != nil && p.packets > 1+p.parameters {
		p.describe(string(name), packet)
	}
	const typeAt = 1 + 2 + 4 // after a length, the character set and the width
	if len(packet) > typeAt && packet[typeAt] == timestamp {
		p.instants = true
	}
}

// A cursorReader fetches rows that the server keeps.
type cursorReader struct {
	*binaryReader
	a     *execution
	ctx   context.Context //nolint:containedctx // the context of the execution that the reader belongs to
	conn  sqldriver.Conn
	id    uint32
	begun bool
	twice overlaps
	open  bool // the server has the cursor, and rows may be left
	ready bool // an answer to a fetch is being read
}

// Bits of the status in the end packet.
const (
	cursorExists = 0x0040
	lastRowSent  = 0x0080
)

// fetched is how many rows are requested at once.
const fetched = 4096

func (r *cursorReader) read(b *row.Batch) error {
	if !r.begun {
		if err := r.begin(); err != nil {
			return err
		}
		r.begun = true
	}
	for r.open {
		if !r.ready {
			fetch := binary.LittleEndian.AppendUint32([]byte{9, 0, 0, 0, 0x1c}, r.id)
			if err := r.a.channel.send(binary.LittleEndian.AppendUint32(fetch, fetched)); err != nil {
				return err
			}
			r.ready, r.number = true, 1
		}
		p, err := r.packets.next(&r.number)
		if err != nil {
			return connectionError(err)
		}
		switch {
		case len(p) == 0:
			return errMalformed
		case p[0] == 0:
			if err := r.row(b, p); err != nil {
				return err
			}
			return r.twice.check(b.Cells[len(b.Cells)-len(r.fields):])
		case p[0] != 0xfe:
			return serverError(p)
		}
		end := readEnd(p)
		r.warned = max(r.warned, end.warnings)
		r.ready, r.open = false, end.status&lastRowSent == 0
	}
	return io.EOF
}

// begin consumes the end of the columns, which the driver reads as the end of the rows, and
// sets the session to UTC.
func (r *cursorReader) begin() error {
	end, err := r.packets.peekEnd()
	if err != nil {
		return connectionError(err)
	}
	if end == nil {
		if first, _, _ := r.packets.peek(); first == 0 {
			return errors.New("the server keeps no rows for a cursor, and would send instants in the zone of its session: leave it in UTC")
		}
	}
	if err := r.rows.Next(nil); err != io.EOF { //nolint:errorlint // an error that only wraps io.EOF is no end of rows
		return err
	}
	if err := r.rows.Close(); err != nil {
		return err
	}
	if end.warnings > 0 {
		if err := r.a.warnings(r.ctx, r.conn); err != nil {
			return err
		}
	}
	if r.open = end.status&cursorExists != 0; !r.open {
		return nil
	}
	return exec(r.ctx, r.conn, "SET time_zone='"+utc+"'")
}

func (r *cursorReader) waits() bool { return !r.ready || r.packets.waiting() }

// refuseInstants returns an error for a column whose instants would arrive in the
// session's zone.
func refuseInstants(schema *row.Schema, zone string) error {
	for _, c := range schema.Columns {
		if c.Type == row.TimestampTZ {
			return columnError(c.Name, 0, "a TIMESTAMP comes in the session's zone (%s) over this connection, which is not exact: leave the session in UTC, or leave out compress and readTimeout", zone)
		}
	}
	return nil
}

// localize converts the instants among the arguments to the zone of the session,
// because MariaDB accepts no offset in a literal. The server does the conversion.
func localize(ctx context.Context, conn sqldriver.Conn, args []driver.Arg, zone string) ([]driver.Arg, error) {
	local := make([]driver.Arg, len(args))
	for i, arg := range args {
		local[i] = arg
		at, ok := strings.CutSuffix(arg.Value, utc)
		if arg.Type != driver.Timestamp || arg.Null || !ok {
			continue
		}
		// Outside this range CONVERT_TZ returns its argument.
		if at < "1970-01-02" || at >= "2038-01-19" {
			return nil, fmt.Errorf("parameter :%s: an instant before 1970-01-02 or from 2038-01-19 on cannot be brought into the session's zone (%s): give it without a zone, or leave the session in UTC", arg.Name, zone)
		}
		there := "CONVERT_TZ(" + quote(at) + ",'" + utc + "',@@session.time_zone)"
		cells := make([]sqldriver.Value, 2)
		if err := one(ctx, conn, "SELECT CAST("+there+" AS CHAR), CONVERT_TZ("+there+",@@session.time_zone,'"+utc+"')=CAST("+quote(at)+" AS DATETIME(6))", cells); err != nil {
			return nil, err
		}
		if asInt(cells[1]) != 1 {
			return nil, fmt.Errorf("parameter :%s: this instant has no local time of its own in the session's zone (%s): give it without a zone, or leave the session in UTC", arg.Name, zone)
		}
		local[i].Value = asText(cells[0])
	}
	return local, nil
}
