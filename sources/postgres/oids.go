// The names of the built-in types.

package postgres

import "strconv"

// typeName returns the name of a built-in type in pg_type, with [] for arrays of it.
// The numbers are fixed; those of other types differ from database to database.
func typeName(oid uint32) string {
	if name, ok := typeNames[oid]; ok {
		return name
	}
	return "oid " + strconv.FormatUint(uint64(oid), 10)
}

var typeNames = map[uint32]string{
	16: "bool", 17: "bytea", 18: "char", 19: "name", 20: "int8", 21: "int2",
	22: "int2vector", 23: "int4", 25: "text", 26: "oid", 27: "tid", 28: "xid",
	29: "cid", 30: "oidvector", 114: "json", 142: "xml", 600: "point", 601: "lseg",
	602: "path", 603: "box", 604: "polygon", 628: "line", 650: "cidr", 700: "float4",
	701: "float8", 705: "unknown", 718: "circle", 774: "macaddr8", 790: "money", 829: "macaddr",
	869: "inet", 1033: "aclitem", 1042: "bpchar", 1043: "varchar", 1082: "date", 1083: "time",
	1114: "timestamp", 1184: "timestamptz", 1186: "interval", 1266: "timetz", 1560: "bit", 1562: "varbit",
	1700: "numeric", 1790: "refcursor", 2249: "record", 2275: "cstring", 2278: "void", 2950: "uuid",
	2970: "txid_snapshot", 3614: "tsvector", 3615: "tsquery", 3802: "jsonb", 3904: "int4range", 3906: "numrange",
	3908: "tsrange", 3910: "tstzrange", 3912: "daterange", 3926: "int8range", 4072: "jsonpath", 4451: "int4multirange",
	4532: "nummultirange", 4533: "tsmultirange", 4534: "tstzmultirange", 4535: "datemultirange", 4536: "int8multirange", 5069: "xid8",
	199: "json[]", 651: "cidr[]", 791: "money[]", 1000: "bool[]", 1001: "bytea[]", 1002: "char[]",
	1003: "name[]", 1005: "int2[]", 1007: "int4[]", 1009: "text[]", 1014: "bpchar[]", 1015: "varchar[]",
	1016: "int8[]", 1021: "float4[]", 1022: "float8[]", 1028: "oid[]", 1041: "inet[]", 1115: "timestamp[]",
	1182: "date[]", 1183: "time[]", 1185: "timestamptz[]", 1187: "interval[]", 1231: "numeric[]", 1270: "timetz[]",
	2951: "uuid[]", 3807: "jsonb[]",
}
