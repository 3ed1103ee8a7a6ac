// The columns of a statement that is prepared and not run, read from their definitions.

package mysql

import (
	"encoding/binary"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// protocolTypes are the driver's names of the protocol's types. Those of blobs are texts in a
// character set other than binary.
var protocolTypes = map[byte]string{
	0: "DECIMAL", 1: "TINYINT", 2: "SMALLINT", 3: "INT", 4: "FLOAT", 5: "DOUBLE", 6: "NULL", 7: "TIMESTAMP", 8: "BIGINT", 9: "MEDIUMINT",
	10: "DATE", 11: "TIME", 12: "DATETIME", 13: "YEAR", 14: "DATE", 15: "VARBINARY", 16: "BIT", 242: "VECTOR", 245: "JSON", 246: "DECIMAL",
	247: "ENUM", 248: "SET", 249: "TINYBLOB", 250: "MEDIUMBLOB", 251: "LONGBLOB", 252: "BLOB", 253: "VARBINARY", 254: "BINARY", 255: "GEOMETRY",
}

// texts are the names of types of bytes in other character sets.
var texts = strings.NewReplacer("VARBINARY", "VARCHAR", "BINARY", "CHAR", "BLOB", "TEXT")

// describe adds a column with a name. The rest of its definition is a length, the character
// set, the width, the type, flags and the digits after the point. In a statement with
// parameters the values may decide the types, so no type is declared.
func (p *preparation) describe(name string, rest []byte) {
	const (
		size         = 1 + 2 + 4 + 1 + 2 + 1
		binarySet    = 63
		enum, set    = 0x100, 0x800
		mostDeclared = 30 // more is not declared
	)
	c := row.Column{Name: name, Type: row.Any}
	defer func() { *p.described = append(*p.described, c) }()
	if len(rest) < size || p.parameters > 0 {
		return
	}
	charset, length := binary.LittleEndian.Uint16(rest[1:]), int(binary.LittleEndian.Uint32(rest[3:]))
	flags, scale := binary.LittleEndian.Uint16(rest[8:]), int(rest[10])
	database := protocolTypes[rest[7]]
	switch {
	case database == "BINARY" && flags&enum != 0:
		database = "ENUM"
	case database == "BINARY" && flags&set != 0:
		database = "SET"
	case charset != binarySet:
		database = texts.Replace(database)
	case strings.HasSuffix(database, "INT") && flags&unsignedFlag != 0:
		database = "UNSIGNED " + database
	}
	t, ok := columnTypes[database]
	if !ok {
		return
	}
	c.Type, c.Database = t.kind, database
	switch {
	case database == "BIT" && length == 1:
		c.Type = row.Bool
	case t.kind == row.Decimal && scale <= mostDeclared:
		if c.Width, c.Scale = length, scale; scale > 0 {
			c.Width--
		}
		if flags&unsignedFlag == 0 {
			c.Width--
		}
	}
}
