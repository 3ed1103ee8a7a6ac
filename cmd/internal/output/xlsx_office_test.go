// Workbooks are read by LibreOffice, if it is installed.

package output

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLibreOfficeShowsTheCells makes LibreOffice write the sheets as CSV, with the cells as it
// shows them and text in quotes.
func TestLibreOfficeShowsTheCells(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if errors.Is(err, exec.ErrNotFound) {
		return // in the other tests excelize has read the same cells
	}
	if err != nil {
		t.Fatal(err)
	}
	s := columns("source", "b:boolean", "i:integer", "big:integer", "u:unsigned integer", "f:float", "d:decimal", "long:decimal", "day:date", "stamp:timestamp", "at:time", "note")
	rows := []line{
		{"eu", true, 42, 999_999_999_999_999, uint64(math.MaxUint64), 0.5, decimal("1.10"), decimal("12345678901234.56"), day("2026-01-31"), stamp("2026-01-31 08:30:00"), clock("08:30:00"), "=1+1"},
		{"eu", nil, -1, 1_000_000_000_000_000, uint64(7), -1.25, decimal("-7"), decimal("0.01"), day("1899-12-31"), stamp("1900-03-01 00:00:00"), clock("24:00:00"), "00123"},
		{"us", false, nil, nil, nil, math.Inf(1), nil, nil, nil, nil, nil, "é \"x\"\n<b>"},
	}
	text := written(t, "xlsx", Options{SourceColumn: "source", SheetsBySource: true}, batch(s, rows...))
	dir := t.TempDir()
	path := filepath.Join(dir, "w.xlsx")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to",
		"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,true,false,false,-1", "--outdir", dir, path)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s (%v)", out, err)
	}
	const head = `"source","b","i","big","u","f","d","long","day","stamp","at","note"` + "\n"
	for sheet, want := range map[string]string{
		"eu": head + `"eu",TRUE,42,999999999999999,"18446744073709551615",0.5,1.10,"12345678901234.56",2026-01-31,2026-01-31 08:30:00,08:30:00,"=1+1"` + "\n" +
			`"eu",,-1,"1000000000000000",7,-1.25,-7,0.01,"1899-12-31",1900-03-01 00:00:00,"24:00:00","00123"` + "\n",
		"us": head + `"us",FALSE,,,,"Infinity",,,,,,"é ""x""` + "\n<b>\"\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, "w-"+sheet+".csv"))
		if err != nil || string(got) != want {
			t.Errorf("the sheet %s is\n%s\nwant\n%s (%v)", sheet, got, want, err)
		}
	}
}
