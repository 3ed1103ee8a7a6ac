// The kinds of values, the types of columns, and schemas.

package row

// A Kind is the kind of value in a cell or, as a column's type, of the values in its
// cells. The set is closed: any other type of a database travels as Text in the
// server's own notation, or as one of these in its exact text form.
type Kind uint8

const (
	// Null is the absence of a value. As a column's type it means that the column is only
	// known to contain NULL. It merges with every type.
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
	// Any is a column type only: each cell has a kind of its own, as in SQLite, where
	// 'text' and 1 may occur in one column.
	Any
)

var kindNames = [...]string{
	Null: "null", Bool: "boolean", Int: "integer", Uint: "unsigned integer",
	Float: "float", Decimal: "decimal", Date: "date", Time: "time",
	Timestamp: "timestamp", TimestampTZ: "timestamp with time zone",
	Text: "text", JSON: "json", Bytes: "bytes", Any: "any",
}

// String returns the kind's name as users read it in warnings and reports.
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
	Name     string // as the server gives it: it may be empty, or occur twice
	Type     Kind
	Database string // the server's own name for the type; empty if it gives none
	// Width and Scale are the digits of a Decimal as the server declares them, in total and
	// after the point: no value has more. Width is 0 if the server declares none.
	Width, Scale int
	// Declared is the declared kind of a column of type Any, whatever its cells are: Text,
	// Date, Time or Timestamp. It is Null if the declaration names no kind.
	Declared Kind
	// Zone, if not nil, is the zone of timestamps that are text in a column of type Any
	// and have no zone of their own.
	Zone *Zone
}

// A Schema is the ordered columns of a row set. It is immutable once a batch
// refers to it, and shared between batches by pointer.
type Schema struct {
	Columns []Column
	// Form is the form of the rows: [Values], unless they were converted for the
	// output.
	Form Form
}

// A Form is the form of a batch's rows.
type Form uint8

const (
	// Values are rows of cells, one for each column, as sources give them.
	Values Form = iota
	// Encoded are rows in the form of an output format: the first column holds the
	// bytes of each. Further columns belong to the encoder.
	Encoded
	// Refused is a single row with a text: the reason why the batch that it replaces
	// cannot be used.
	Refused
)

// Width returns the number of columns, which may be 0.
func (s *Schema) Width() int { return len(s.Columns) }
