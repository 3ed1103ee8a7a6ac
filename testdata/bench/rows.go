// The rows, which are the same in every run.
package main

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
)

// The columns of the table orders, as each database declares them. PostgreSQL's table
// gets its primary key after it is filled.
const (
	postgresColumns = `id bigint not null, placed_at timestamp(3), customer_id int, region varchar(10),
		amount numeric(12,2), note text, paid boolean, score double precision`
	mysqlColumns = `id bigint primary key, placed_at datetime(3), customer_id int, region varchar(10),
		amount decimal(12,2), note text, paid boolean, score double`
	sqliteColumns = `id integer primary key, placed_at timestamp, customer_id integer, region text,
		amount numeric(12,2), note text, paid boolean, score real`
)

// allRows selects all columns; width is their number.
const (
	allRows = "select id, placed_at, customer_id, region, amount, note, paid, score from orders"
	ordered = " order by id" // no server has to sort for this order
	width   = 8
	regions = 5

	mysqlObjects = "select json_object('id', id, 'placed_at', placed_at, 'customer_id', customer_id, 'region', region, " +
		"'amount', amount, 'note', note, 'paid', paid, 'score', score) from orders"
)

// A record is one row as text; nil is NULL.
type record [width]*string

// recordAt returns the row with the number i. Three in eight notes need quotes in CSV. One in seven
// notes is NULL, and one in eleven scores.
func recordAt(i int) record {
	n := scramble(uint64(i))
	names := [regions]string{"north", "south", "east", "west", "centre"}
	notes := [...]string{
		"leave at the door", "fragile, handle with care", `say "hello"`, "first line\nsecond line",
		"gift", "call before delivery please", "no hurry", "standing order",
	}
	text := func(s string) *string { return &s }
	var note, score *string
	if i%7 != 0 {
		note = text(notes[n>>8%8])
	}
	if i%11 != 0 {
		score = text(strconv.FormatFloat(float64(n>>11)/(1<<53)*100, 'g', -1, 64))
	}
	placed := time.UnixMilli(1_700_000_000_000 + int64(i)*15_731).UTC()
	cents := n >> 20 % 10_000_000
	return record{
		text(strconv.Itoa(i + 1)),
		text(placed.Format("2006-01-02 15:04:05.000")),
		text(strconv.FormatUint(n>>4%100_000, 10)),
		text(names[n%regions]),
		text(strconv.FormatUint(cents/100, 10) + "." + strconv.FormatUint(cents/10%10, 10) + strconv.FormatUint(cents%10, 10)),
		note,
		text(strconv.FormatUint(n>>3&1, 10)),
		score,
	}
}

// scramble is the last step of splitmix64: it turns similar numbers into very different ones.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// writeRows writes the rows in the format that both PostgreSQL's COPY and MariaDB's LOAD
// DATA read: tabs between cells, \N for NULL, backslashes before special characters.
func writeRows(w io.Writer, rows int) error {
	out := bufio.NewWriterSize(w, 64<<10)
	special := strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n")
	for i := range rows {
		for c, value := range recordAt(i) {
			if c > 0 {
				_ = out.WriteByte('\t') // Flush reports the error
			}
			if value == nil {
				_, _ = out.WriteString(`\N`)
				continue
			}
			_, _ = special.WriteString(out, *value)
		}
		_ = out.WriteByte('\n')
	}
	return out.Flush()
}
