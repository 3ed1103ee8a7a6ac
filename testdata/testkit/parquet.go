package testkit

// Parquet files are read by a program that shares no code with the one that writes them.

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/servers/fetch"
)

//go:embed parquet.mjs
var parquetScript []byte

// A ParquetFile is the content of a file as hyparquet reads it.
type ParquetFile struct {
	Columns []ParquetColumn `json:"columns"`
	Groups  []int           `json:"groups"` // the rows of each row group
	Codecs  []string        `json:"codecs"`
	Rows    [][]*string     `json:"-"` // exact texts, as [ParquetColumn] gives them; nil is NULL
}

// A ParquetColumn is the description of a column in a file.
type ParquetColumn struct {
	Name      string `json:"name"`
	Physical  string `json:"physical"`
	Optional  bool   `json:"optional"`
	Logical   string `json:"logical"`
	Unit      string `json:"unit"`
	UTC       bool   `json:"utc"`
	Bits      int    `json:"bits"`
	Signed    bool   `json:"signed"`
	Precision int    `json:"precision"`
	Scale     int    `json:"scale"`
}

// String returns the type of the column in the terms of the format.
func (c ParquetColumn) String() string {
	switch c.Logical {
	case "":
		return c.Physical
	case "DECIMAL":
		return fmt.Sprintf("%s(%d,%d) in %s", c.Logical, c.Precision, c.Scale, c.Physical)
	case "INTEGER":
		return fmt.Sprintf("INT(%d,%t)", c.Bits, c.Signed)
	case "TIME", "TIMESTAMP":
		return fmt.Sprintf("%s(%t,%s)", c.Logical, c.UTC, c.Unit)
	}
	return c.Logical
}

// ReadParquet reads a file with hyparquet. npm fetches it, and Node.js runs it.
func ReadParquet(t testing.TB, path string) ParquetFile {
	t.Helper()
	node, err := exec.LookPath("node")
	var dir string
	if err == nil {
		dir, err = fetch.Hyparquet.Get(t.Context())
	}
	if absent := errors.Is(err, exec.ErrNotFound) || errors.Is(err, fetch.ErrImpossible); absent && os.Getenv("FANQL_REQUIRE_SERVERS") != "1" {
		t.Skipf("needs Node.js and npm: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "--input-type=module", "-", dir, path)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(parquetScript), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("hyparquet does not read %s: %v\n%s", path, err, errs.String())
	}
	lines := json.NewDecoder(bufio.NewReader(&out))
	var f ParquetFile
	if err := lines.Decode(&f); err != nil {
		t.Fatal(err)
	}
	for {
		var row []*string
		if err := lines.Decode(&row); errors.Is(err, io.EOF) {
			return f
		} else if err != nil || len(row) != len(f.Columns) {
			t.Fatalf("row %d has %d of %d cells: %v", len(f.Rows), len(row), len(f.Columns), err)
		}
		for i, cell := range row {
			if cell == nil {
				continue
			}
			text, err := f.Columns[i].text(*cell)
			if err != nil {
				t.Fatalf("row %d, column %s: %v", len(f.Rows), f.Columns[i].Name, err)
			}
			row[i] = &text
		}
		f.Rows = append(f.Rows, row)
	}
}

// text returns the text of a value according to the type of its column. A decimal has its scale.
// Dates and timestamps have the form 2026-01-31T08:30:00.250001, with a Z for instants. A float has
// its shortest text, and bytes have \x and hexadecimal digits.
func (c ParquetColumn) text(raw string) (string, error) {
	whole := func() (int64, error) { return strconv.ParseInt(raw, 10, 64) }
	switch {
	case c.Logical == "DECIMAL":
		n, err := unscaled(c, raw)
		if err != nil {
			return "", err
		}
		digits := new(big.Int).Abs(n).String()
		digits = strings.Repeat("0", max(0, c.Scale+1-len(digits))) + digits
		if c.Scale > 0 {
			digits = digits[:len(digits)-c.Scale] + "." + digits[len(digits)-c.Scale:]
		}
		if n.Sign() < 0 {
			digits = "-" + digits
		}
		return digits, nil
	case c.Logical == "DATE":
		days, err := whole()
		return time.Unix(days*24*60*60, 0).UTC().Format(time.DateOnly), err
	case c.Logical == "TIME" && c.Unit == "MICROS":
		micros, err := whole()
		return time.UnixMicro(micros).UTC().Format("15:04:05.999999"), err
	case c.Logical == "TIMESTAMP" && c.Unit == "MICROS":
		micros, err := whole()
		text := time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.999999")
		if c.UTC {
			text += "Z"
		}
		return text, err
	case c.Logical == "" && (c.Physical == "FLOAT" || c.Physical == "DOUBLE"):
		size := map[string]int{"FLOAT": 32, "DOUBLE": 64}[c.Physical]
		v, err := strconv.ParseFloat(raw, size)
		return strconv.FormatFloat(v, 'g', -1, size), err
	case c.Logical == "" && c.Physical == "BYTE_ARRAY":
		return `\x` + raw, nil
	}
	return raw, nil
}

// unscaled returns the integer of a decimal. The decimal is a number, or bytes in two's complement.
func unscaled(c ParquetColumn, raw string) (*big.Int, error) {
	if c.Physical == "INT32" || c.Physical == "INT64" {
		n, ok := new(big.Int).SetString(raw, 10)
		if !ok {
			return nil, fmt.Errorf("%q is no integer", raw)
		}
		return n, nil
	}
	bytes, err := hex.DecodeString(raw)
	if err != nil || len(bytes) == 0 {
		return nil, fmt.Errorf("%q are no bytes of a decimal: %w", raw, err)
	}
	n := new(big.Int).SetBytes(bytes)
	if bytes[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(bytes))))
	}
	return n, nil
}
