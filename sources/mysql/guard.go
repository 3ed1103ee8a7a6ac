// Checks of the lengths and counts that a server sends, before the driver sees them:
// the driver allocates whatever a length says.

package mysql

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/option"
)

// Limits for what a server may send. The request limits a row.
const (
	mostBeforeLogin = 64 << 10
	mostColumns     = 4096     // the limit of MySQL and MariaDB
	mostDefinition  = 1 << 20  // of one column, whose name may be a piece of the query
	mostDefinitions = 16 << 20 // of all columns
	mostOwn         = 1 << 20  // of a row of one of our own statements
	mostMessage     = 8 << 10  // of an error's text
	mostResults     = 64       // of one command
	mostSimple      = 64 << 10 // of a packet that only reports success
)

// A stage is what the server must send next.
type stage uint8

const (
	theGreeting stage = iota
	theLogin
	theAnswer // the first packet of a command's answer, or of one more result in it
	theColumns
	theColumnsEnd
	theRows
	theDefinitions // of a statement that is prepared
)

// A guard checks the packets of a connection and refuses those that no honest server sends.
// It sees each part of a packet before the driver does.
type guard struct {
	stage    stage
	ends     bool // see greeting.ends; as negotiated with the server
	keyless  bool // no key is accepted from the server
	prepares bool // the command is to prepare a statement
	row      int  // the largest row in bytes
	columns  int  // whose definitions have not arrived yet
	results  int  // of the command
	taken    int  // bytes of this stage: before the login, or of definitions
	inside   bool // the next part continues the previous packet
	size     int  // of the parts so far
}

// command records that a command is sent.
func (g *guard) command(name byte) {
	const prepare, fetch = 0x16, 0x1c
	*g = guard{stage: theAnswer, ends: g.ends, row: g.row, prepares: name == prepare}
	if name == fetch {
		g.stage = theRows
	}
}

// rowLimit returns the largest row in bytes for values of the given limit; 0 is no
// limit.
func rowLimit(value int) int {
	const others = 1 << 20
	if value == 0 || value > 1<<40 {
		return 0
	}
	return value + others
}

// admit is called for each part of a packet, with its length and its first bytes.
func (g *guard) admit(size int, head []byte) error {
	inside := g.inside
	g.inside = size == partSize
	if g.size += size; !inside {
		g.size = size
	}
	if g.stage <= theLogin {
		if g.taken += headerSize + size; g.taken > mostBeforeLogin {
			return fmt.Errorf("the server sends more than %d bytes before the login", mostBeforeLogin)
		}
	}
	if inside {
		return g.long()
	}
	if len(head) == 0 {
		return nil // the driver reports that it is malformed
	}
	if head[0] == 0xff && g.stage != theGreeting {
		if size > mostMessage {
			return longError(size, head)
		}
		return nil
	}
	switch g.stage {
	case theGreeting:
		g.stage = theLogin
	case theLogin:
		return g.login(size, head)
	case theAnswer:
		return g.answer(size, head)
	case theColumns:
		if g.columns--; g.columns == 0 {
			g.stage = theRows
			if !g.ends {
				g.stage = theColumnsEnd
			}
		}
		return g.definition(size)
	case theColumnsEnd:
		g.stage = theRows
		return g.long()
	case theDefinitions:
		return g.definition(size)
	case theRows:
		if head[0] == 0xfe && size < partSize { // otherwise it is a value of more than 16 MiB
			return g.end(size, head)
		}
	}
	return g.long()
}

// long refuses a packet that is too long.
func (g *guard) long() error {
	most := mostSimple
	if g.stage == theRows {
		most = g.row
	}
	if most > 0 && g.size > most {
		if g.stage == theRows {
			return &rowError{g.row}
		}
		return excess(g.size)
	}
	return nil
}

func excess(size int) error {
	return fmt.Errorf("the server sends %d bytes where %d are the most", size, mostSimple)
}

// A rowError is the error for a row that is larger than the limit.
type rowError struct{ most int }

func (e *rowError) Error() string { return e.Spell(nil) }

// Spell is Error with the options' names from the spelling.
func (e *rowError) Spell(s option.Spelling) string {
	return fmt.Sprintf("a row is larger than the limit of %d bytes (%s says how large a value may be)", e.most, s.Name("memory"))
}

// errKey is the error for a server that offers its key for the password without TLS.
var errKey = errors.New("the server wants the password by a key of its own, over a connection that is not encrypted: " +
	"whoever stands between could read it. Use TLS (ssl-mode=REQUIRED, better VERIFY_IDENTITY), give the server's key by serverPubKey=FILE, or allow it by allowPublicKeyRetrieval=1")

// login checks the server's packets of the login. More than one byte of data is a key.
func (g *guard) login(size int, head []byte) error {
	const more = 1
	if g.keyless && head[0] == more && size > 2 {
		return errKey
	}
	return nil
}

// answer checks the first packet of a result.
func (g *guard) answer(size int, head []byte) error {
	const ok = 0
	if g.results++; g.results > mostResults {
		return fmt.Errorf("the server answers with more than %d results", mostResults)
	}
	switch {
	case head[0] == ok && g.prepares:
		if size < 12 || len(head) < 12 {
			return errMalformed
		}
		if size > mostSimple {
			return excess(size)
		}
		g.stage = theDefinitions
		return countable(uint64(binary.LittleEndian.Uint16(head[5:])))
	case head[0] == ok:
		return g.end(size, head)
	case head[0] == localFile:
		return errFile
	}
	count, known := encodedInteger(head)
	if !known || count == 0 {
		return errMalformed
	}
	if err := countable(count); err != nil {
		return err
	}
	g.stage, g.columns, g.taken = theColumns, int(count), 0
	return g.long()
}

func countable(columns uint64) error {
	if columns > mostColumns {
		return fmt.Errorf("the server speaks of %d columns, and %d are the most", columns, mostColumns)
	}
	return nil
}

// definition checks the length of a column's definition.
func (g *guard) definition(size int) error {
	if g.taken += size; size > mostDefinition || g.taken > mostDefinitions {
		return fmt.Errorf("the server describes a column in %d bytes, all so far in %d: %d and %d are the most", size, g.taken, mostDefinition, mostDefinitions)
	}
	return nil
}

// end checks whether more results follow.
func (g *guard) end(size int, head []byte) error {
	const more = 0x0008
	if size > mostSimple {
		return excess(size)
	}
	if readEnd(head).status&more != 0 {
		g.stage = theAnswer
	}
	return nil
}

// longError returns the server's error, with its text cut to the accepted length.
func longError(size int, head []byte) error {
	err, _ := serverError(head).(*mysql.MySQLError) //nolint:errorlint // it is made there
	if err == nil {
		return errMalformed
	}
	err.Message = cutMessage(err.Message, size-(len(head)-len(err.Message)), size == partSize)
	return err
}

// cutMessage cuts a server's text to the accepted length, and adds how long it was:
// exactly, or at least.
func cutMessage(text string, bytes int, more bool) string {
	if bytes <= mostMessage {
		return text
	}
	than := ""
	if more {
		than = "more than "
	}
	return fmt.Sprintf("%s ... (%s%d bytes in all)", text[:min(len(text), mostMessage)], than, bytes)
}

// encodedInteger reads an integer of variable length in the protocol's form.
func encodedInteger(p []byte) (n uint64, ok bool) {
	if len(p) == 0 {
		return 0, false
	}
	sizes := map[byte]int{0xfc: 2, 0xfd: 3, 0xfe: 8}
	size, long := sizes[p[0]]
	switch {
	case p[0] == 0xfb || p[0] == 0xff || len(p) < 1+size:
		return 0, false
	case !long:
		return uint64(p[0]), true
	}
	for _, b := range slices.Backward(p[1 : 1+size]) {
		n = n<<8 | uint64(b)
	}
	return n, true
}
