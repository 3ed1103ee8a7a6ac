// Dates and timestamps: civil dates to and from day counts, and the ISO text
// that servers send.

package row

// MicrosPerDay is the number of microseconds in a day.
const MicrosPerDay = 86_400 * microsPerSecond

const microsPerSecond = 1_000_000

// FirstDay and LastDay are the first day of year 1 and the last of year 9999, counted
// from 1970-01-01: the range of a Date.
const (
	FirstDay = -719162
	LastDay  = 2932896
)

// Date appends a date given as days since 1970-01-01; the year must be 1 to 9999.
func (b *Batch) Date(days int64) {
	b.Cells = append(b.Cells, Cell{Bits: uint64(days), Kind: Date})
}

// Timestamp appends microseconds since 1970-01-01T00:00:00, as an instant
// (TimestampTZ, counted in UTC) or without a zone; the year must be 1 to 9999.
func (b *Batch) Timestamp(micros int64, zoned bool) {
	c := Cell{Bits: uint64(micros), Kind: Timestamp}
	if zoned {
		c.Kind = TimestampTZ
	}
	b.Cells = append(b.Cells, c)
}

// DateText appends a date written YYYY-MM-DD. Any other text (a zero or impossible
// date, infinity, BC) is kept as it is.
func (b *Batch) DateText(v []byte) {
	if len(v) == 10 {
		if days, ok := parseDate(v); ok {
			b.Date(days)
			return
		}
	}
	b.Exact(Date, v)
}

// TimestampText appends a timestamp written YYYY-MM-DD HH:MM:SS[.ffffff], with T or a
// space between. If zoned, the text is in UTC and may end in Z, +00 or +00:00. Any
// other text is kept as it is.
func (b *Batch) TimestampText(v []byte, zoned bool) {
	if micros, ok := parseTimestamp(v, zoned); ok {
		b.Timestamp(micros, zoned)
		return
	}
	k := Timestamp
	if zoned {
		k = TimestampTZ
	}
	b.Exact(k, v)
}

// Civil returns the year, month and day of a day since 1970-01-01, in the proleptic
// Gregorian calendar; the year before 1 is 0.
func Civil(days int64) (y, m, d int) { return civilFromDays(days) }

// Civil appends a date by its year, month and day, and reports whether that date exists
// in the years 1 to 9999. If not, nothing is appended.
func (b *Batch) Civil(y, m, d int) bool {
	if !exists(y, m, d) {
		return false
	}
	b.Date(daysFromCivil(y, m, d))
	return true
}

// CivilTime does the same as Civil for a timestamp.
func (b *Batch) CivilTime(y, m, d, hour, minute, second, micros int, zoned bool) bool {
	if !exists(y, m, d) || hour > 23 || minute > 59 || second > 59 || micros >= microsPerSecond {
		return false
	}
	b.Timestamp(daysFromCivil(y, m, d)*MicrosPerDay+int64(hour*3600+minute*60+second)*microsPerSecond+int64(micros), zoned)
	return true
}

// exists reports whether the numbers, which must not be negative, are a date of the years 1
// to 9999.
func exists(y, m, d int) bool {
	return y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
}

func digits2(v []byte) int {
	a, c := v[0]-'0', v[1]-'0'
	if a > 9 || c > 9 {
		return -1
	}
	return int(a)*10 + int(c)
}

// parseDate reads the 10 bytes of YYYY-MM-DD, an existing date of the
// proleptic Gregorian calendar with a year of 1 to 9999.
func parseDate(v []byte) (days int64, ok bool) {
	_ = v[9]
	hi, lo, m, d := digits2(v), digits2(v[2:]), digits2(v[5:]), digits2(v[8:])
	y := hi*100 + lo
	if hi < 0 || lo < 0 || v[4] != '-' || v[7] != '-' || !exists(y, m, d) {
		return 0, false
	}
	return daysFromCivil(y, m, d), true
}

func parseTimestamp(v []byte, zoned bool) (micros int64, ok bool) {
	if len(v) < 19 || (v[10] != ' ' && v[10] != 'T') || v[13] != ':' || v[16] != ':' {
		return 0, false
	}
	days, ok := parseDate(v)
	h, m, s := digits2(v[11:]), digits2(v[14:]), digits2(v[17:])
	if !ok || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59 {
		return 0, false
	}
	rest := v[19:]
	frac, unit := int64(0), int64(microsPerSecond)
	if len(rest) > 1 && rest[0] == '.' {
		rest = rest[1:]
		for len(rest) > 0 && rest[0]-'0' <= 9 {
			if unit == 1 {
				return 0, false // finer than a microsecond
			}
			unit /= 10
			frac += int64(rest[0]-'0') * unit
			rest = rest[1:]
		}
		if unit == microsPerSecond {
			return 0, false
		}
	}
	if len(rest) > 0 {
		if !zoned {
			return 0, false
		}
		switch string(rest) {
		case "Z", "+00", "+00:00":
		default:
			return 0, false
		}
	}
	return days*MicrosPerDay + int64(h*3600+m*60+s)*microsPerSecond + frac, true
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysFromCivil and civilFromDays count in eras of 400 years that begin on the
// first of March, so that the leap day comes last.
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era*146097 + doe - 719468)
}

// civilFromDays is by Cassio Neri and Lorenz Schneider, Euclidean affine functions
// and their application to calendar algorithms, 2022.
func civilFromDays(days int64) (y, m, d int) {
	const eras = 20_000 // no server has a year before them
	n := uint64(days+719468+eras*146097)*4 + 3
	century := n / 146097
	n = (n-century*146097)/4*4 + 3 // in its century
	year := n * 2939745
	n = year & (1<<32 - 1) / (4 * 2939745) // in its year
	y = int(century*100+year>>32) - eras*400
	month := n*2141 + 197913
	m, d = int(month>>16), int(month&(1<<16-1)/2141)+1
	if n >= 306 {
		m, y = m-12, y+1
	}
	return y, m, d
}
