// The kinds of values, the types of columns, and schemas.

package row

// A Kind says what a cell holds, and, as a column's type, what its cells may
// hold. The set is closed: what a database has beyond it travels as Text in
// the server's own notation, or as one of these in its exact text form.
type Kind uint8

const (
	// Null is the absence of a value. As a column's type: nothing but NULL is
	// known of it, and it meets every type.
	Null Kind = iota
	Bool
	Int   // a signed integer of up to 64 bits
	Uint  // an unsigned integer of up to 64 bits
	Float // a binary floating-point number of 32 or 64 bits
	Decimal
	Date
	Time        // a time of day or, from MySQL, a signed duration
	Timestamp   // a date and time of day without a zone
	TimestampTZ // an instant
	Text
	JSON
	Bytes
	// Any is a column type only: every cell speaks for itself, as in SQLite,
	// where 'text' and 1 may stand in one column.
	Any
)

var kindNames = [...]string{
	Null: "null", Bool: "boolean", Int: "integer", Uint: "unsigned integer",
	Float: "float", Decimal: "decimal", Date: "date", Time: "time",
	Timestamp: "timestamp", TimestampTZ: "timestamp with time zone",
	Text: "text", JSON: "json", Bytes: "bytes", Any: "any",
}

// String gives the kind's name as users read it in warnings and reports.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Numeric reports whether values of the kind compare by numeric value.
func (k Kind) Numeric() bool { return k >= Int && k <= Decimal }

// A Column describes one column of a row set.
type Column struct {
	Name     string // as the server gives it: may be empty or stand twice
	Type     Kind
	Database string // the server's own name for the type; empty where it gives none
	// Width and Scale are the digits of a Decimal as the server declares them, in all and
	// after the point: no value has more. Width is 0 where it declares none.
	Width, Scale int
	// Declared is what a column of type Any was declared to hold, whatever its
	// cells are: Text, Date, Time or Timestamp; Null where that says nothing.
	Declared Kind
	// Zone, where it is not nil, is that of timestamps which are text in a column
	// of type Any and have none of their own.
	Zone *Zone
}

// A Schema is the ordered columns of a row set. It is immutable once a batch
// refers to it, and shared between batches by pointer.
type Schema struct {
	Columns []Column
	// Form is what the rows are: [Values], unless something was made of them on their
	// way to the output.
	Form Form
}

// A Form is what the rows of a batch are.
type Form uint8

const (
	// Values are rows of cells, one for each column, as sources give them.
	Values Form = iota
	// Encoded are rows in the form that an output format has: the first column holds the
	// bytes of each. What stands behind it is for who has made them.
	Encoded
	// Refused is a single row with a text: why the batch in its place cannot be used.
	Refused
)

// Width is the number of columns, which may be 0.
func (s *Schema) Width() int { return len(s.Columns) }
