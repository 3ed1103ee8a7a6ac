// Package engine reads, and loads, SQLite databases through a thin C layer over the SQLite
// that package sqlite3 compiles.
//
//	conn, err := engine.Open("file:///data/shop.db?mode=ro")
//	defer conn.Close()
//	stop := context.AfterFunc(ctx, conn.Interrupt)
//	defer stop()
//	stmt, err := conn.Prepare("select id, name from customers")
//	defer stmt.Close()
//	more, err := stmt.First()
//	for full := more; full && err == nil; {
//		b := row.NewBatch(schema)
//		full, _, err = stmt.Fill(b, engine.Limits{Rows: row.MaxRows})
//		...
//	}
//
// That package's own implementation of database/sql/driver boxes every value and
// parses the texts in columns that are declared as dates, which takes more than twice the
// time of everything else. Its other features (pools, transactions, hooks) are not needed
// here.
package engine

// #cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
// #include <stdlib.h>
// #include "layer.h"
import "C"

import (
	"runtime/cgo"
	"sync"
	"syscall"
	"unsafe"

	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// An Error is an error of SQLite.
type Error struct {
	Code     sqlite3.ErrNo         // the primary result code
	Extended sqlite3.ErrNoExtended // the extended result code
	Offset   int                   // the byte of the text that could not be compiled; -1 if there is none
	text     string
	system   syscall.Errno // if a file could not be opened or read
}

func (e *Error) Error() string {
	if e.system != 0 {
		return e.text + ": " + e.system.Error()
	}
	return e.text
}

// A Conn is one connection. Only one goroutine may use it, except for Interrupt.
type Conn struct {
	db     *C.sqlite3
	stop   *C.int
	handle cgo.Handle

	mu   sync.Mutex // for Interrupt, which must not use a closed connection
	open bool
}

// An Authorizer decides whether SQLite may compile an action, with the arguments a and b,
// into a statement: SQLITE_OK or SQLITE_DENY. Valued says whether the action has an
// argument b, which may be empty.
type Authorizer func(action int, a, b string, valued bool) int

// busy is how long SQLite waits for a lock at a time, in milliseconds. It cannot be
// interrupted meanwhile.
const busy = 50

// Open opens a file: URI for reading: query_only is set, nothing can be attached, and
// no schema is trusted. It reads at most the schema's version, and creates nothing.
func Open(uri string) (*Conn, error) { return open(uri, false) }

// OpenWriting opens a file: URI for writing. Its mode, rw or rwc, says whether the file
// may be created.
func OpenWriting(uri string) (*Conn, error) { return open(uri, true) }

func open(uri string, writing bool) (*Conn, error) {
	name := C.CString(uri)
	defer C.free(unsafe.Pointer(name))
	c := &Conn{stop: (*C.int)(C.calloc(1, C.sizeof_int)), open: true}
	how := func() C.int { return C.fanql_open(name, busy, c.stop, &c.db) }
	if writing {
		how = func() C.int { return C.fanql_open_writing(name, busy, c.stop, &c.db) }
	}
	if rc := how(); rc != C.SQLITE_OK {
		err := c.failure(rc)
		_ = c.Close() // it was never usable; err has the reason
		return nil, err
	}
	return c, nil
}

// Close closes the connection. All its statements must be closed before. Only the first
// call has an effect.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.open {
		return nil
	}
	c.open = false
	var err error
	if rc := C.fanql_close(c.db); rc != C.SQLITE_OK {
		err = c.failure(rc)
	}
	C.free(unsafe.Pointer(c.stop))
	if c.handle != 0 {
		c.handle.Delete()
	}
	return err
}

// Interrupt ends the running statement and all later ones with SQLITE_INTERRUPT, as
// soon as SQLite checks for it between two opcodes. It may be called at any time from
// any goroutine.
func (c *Conn) Interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		C.fanql_interrupt(c.db, c.stop)
	}
}

// Exec runs statements and drops their rows.
func (c *Conn) Exec(sql string) error {
	text := C.CString(sql)
	defer C.free(unsafe.Pointer(text))
	return c.check(C.sqlite3_exec(c.db, text, nil, nil, nil))
}

// LimitLength refuses values and rows of more bytes. SQLite's minimum is 30.
func (c *Conn) LimitLength(bytes int) {
	C.sqlite3_limit(c.db, C.SQLITE_LIMIT_LENGTH, C.int(bytes))
}

// Authorize makes SQLite call the authorizer for every action of a statement that is
// prepared later. It is called at most once.
func (c *Conn) Authorize(authorizer Authorizer) error {
	c.handle = cgo.NewHandle(authorizer)
	return c.check(C.fanql_authorize(c.db, C.uintptr_t(c.handle)))
}

//export fanqlAuthorize
func fanqlAuthorize(handle C.uintptr_t, action C.int, a, b *C.char) C.int {
	authorizer := cgo.Handle(handle).Value().(Authorizer)
	return C.int(authorizer(int(action), C.GoString(a), C.GoString(b), b != nil))
}

func (c *Conn) check(rc C.int) error {
	if rc == C.SQLITE_OK {
		return nil
	}
	return c.failure(rc)
}

// failure returns the error of a call that has just returned rc.
func (c *Conn) failure(rc C.int) *Error {
	e := &Error{Code: sqlite3.ErrNo(rc & 0xff), Extended: sqlite3.ErrNoExtended(rc), Offset: -1}
	if c.db == nil || C.sqlite3_errcode(c.db)&0xff != rc&0xff {
		e.text = e.Code.Error()
		return e
	}
	e.Extended = sqlite3.ErrNoExtended(C.sqlite3_extended_errcode(c.db))
	e.text = C.GoString(C.sqlite3_errmsg(c.db))
	e.Offset = int(C.sqlite3_error_offset(c.db))
	if e.Code == sqlite3.ErrCantOpen || e.Code == sqlite3.ErrIoErr && e.Extended != sqlite3.ErrIoErrNoMem {
		e.system = syscall.Errno(C.sqlite3_system_errno(c.db))
	}
	return e
}
