// The flags for files that other programs read: compression, and styles of CSV.

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/file"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/separated"
)

// exportFlags are the flags for compression and for styles of CSV.
func (o *queryOptions) exportFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.compress, "compress", "", "compress the result with `gzip|zstd`; default by the suffix of -o: .csv.gz, .jsonl.zst")
	f.StringVar(&o.csv.For, "csv-for", "", "write CSV for a `PROGRAM`: excel opens it with all digits and accents")
	f.StringVar(&o.csv.Delimiter, "delimiter", "", "put this `CHARACTER` between the fields of CSV, such as ';', or tab; default ,")
	f.StringVar(&o.csv.Decimal, "decimal", "", "write numbers in CSV with this decimal `SIGN`: , or .; default .")
	f.StringVar(&o.csv.Bool, "bool", "", "write booleans in CSV as these two `WORDS`, as in t/f; default true/false")
	f.StringVar(&o.csv.Quote, "quote", "", "put `all|needed` fields of CSV in quotes, NULL never; default needed")
	f.BoolVar(&o.csv.CRLF, "crlf", false, "end the lines of CSV with \\r\\n")
	f.BoolVar(&o.csv.BOM, "bom", false, "begin CSV with a byte order mark")
	f.BoolVar(&o.csv.Formulas, "guard-formulas", false, "put a ' before text in CSV that a spreadsheet would run")
	f.StringVar(&o.sheets, "sheets", "", "in xlsx, `one|source`: one sheet for all rows, or one for each source; default one")
	f.StringVar(&o.progress, "progress", "", "show the progress of the run on stderr as `auto|json|none`: a line on a terminal, a line of JSON each second for programs, or nothing; default auto")
	must(cmd.RegisterFlagCompletionFunc("progress", fixedCompletion("auto", "json", "none")))
	must(cmd.RegisterFlagCompletionFunc("sheets", fixedCompletion("one", "source")))
	must(cmd.RegisterFlagCompletionFunc("compress", fixedCompletion(compression.Gzip.String(), compression.Zstd.String())))
	must(cmd.RegisterFlagCompletionFunc("csv-for", fixedCompletion("excel")))
	must(cmd.RegisterFlagCompletionFunc("delimiter", fixedCompletion(",", ";", "|", "tab")))
	must(cmd.RegisterFlagCompletionFunc("decimal", fixedCompletion(",", ".")))
	must(cmd.RegisterFlagCompletionFunc("bool", fixedCompletion("t/f", "1/0", "yes/no")))
	must(cmd.RegisterFlagCompletionFunc("quote", fixedCompletion("all", "needed")))
}

// chosen finds the format of the request, and how the result is compressed: by their
// flags, else by the suffixes of -o.
func (o *queryOptions) chosen(r *run.Request) (k compression.Kind, err error) {
	name, err := namedFormat(o.format, o.formats, output.Formats.Names())
	if err != nil {
		return k, err
	}
	drawn, charted, err := o.display.drawn(name)
	if err != nil {
		return k, err
	}
	byPath, k, known := output.ForPath(o.output)
	f, named := output.Formats.ByName(name)
	switch {
	case named:
	case charted:
		f = drawn
	case known:
		f = byPath
	case k == compression.None && o.csv.For != "" && !o.savedCSV && suffixless(o.output):
		f, _ = output.Formats.ByName("csv")
	default:
		if err := unknownResult(o.output, k); err != nil {
			return k, err
		}
		f, _ = output.Formats.ByName("table")
	}
	r.Format = f
	if o.compress != "" {
		asked, err := compression.Parse(o.compress)
		if err != nil {
			return k, fmt.Errorf("--compress %w", err)
		}
		if k != compression.None && k != asked {
			return k, fmt.Errorf("-o %s and --compress %s contradict each other", output.Sanitize(o.output), asked)
		}
		k = asked
	}
	if f.Binary && k != compression.None {
		return k, fmt.Errorf("%s compresses its own data: leave %s out", f.Name, k)
	}
	return k, nil
}

// sheetsBySource reports whether each source has a sheet of its own.
func (o *queryOptions) sheetsBySource(f output.Format) (bool, error) {
	switch {
	case o.sheets != "" && o.sheets != "one" && o.sheets != "source":
		return false, fmt.Errorf("--sheets %q: give one or source", o.sheets)
	case o.sheets != "" && f.Name != "xlsx":
		return false, fmt.Errorf("--sheets goes with --format xlsx, and the format is %s", f.Name)
	}
	return o.sheets == "source", nil
}

// suffixless reports whether a path has no suffix that could stand for a format.
func suffixless(path string) bool {
	return filepath.Ext(path) == "" || path == "-" || strings.HasPrefix(path, "/dev/")
}

// unknownResult refuses a file for results whose suffix stands for no format.
func unknownResult(path string, k compression.Kind) error {
	_, rest := compression.OfPath(path)
	switch {
	case suffixless(rest) && k != compression.None:
		return fmt.Errorf("-o %s: %s says how it is compressed, not its format: give --format, or a name such as %s.csv%s",
			output.Sanitize(path), k.Suffix(), output.Sanitize(filepath.Base(rest)), k.Suffix())
	case suffixless(rest):
		return nil
	}
	return fmt.Errorf("-o %s: no format goes by %s: give --format, or one of %s",
		output.Sanitize(path), output.Sanitize(strings.TrimPrefix(path, strings.TrimSuffix(rest, filepath.Ext(rest)))), output.Suffixes())
}

// csvStyle returns the style of CSV, which is that of the result, or of a saved file.
func (o *queryOptions) csvStyle(f output.Format) (separated.Style, error) {
	style, err := o.csv.Style()
	if given := o.csv.Given(); err == nil && len(given) > 0 && f.Name != "csv" && !o.savedCSV {
		err = option.Errorf("%s goes with {format} csv, and the format is %s", option.Hint("{"+given[0]+"}"), f.Name)
	}
	return style, option.Spelled(err, flag)
}

// isSavedCSV reports whether a baseline is a saved file in CSV.
func isSavedCSV(baseline string) bool {
	_, plain := compression.OfPath(baseline)
	_, err := os.Stat(baseline)
	return file.IsCSV(baseline) && (err == nil || strings.EqualFold(filepath.Ext(plain), ".csv"))
}
