// Package checkformat writes the report of a run of checks: one file per format, all of
// them listed in [Formats].
//
//	f, ok := checkformat.Formats.ByName("json")
//	err := f.Write(os.Stdout, report, checkformat.Options{})
package checkformat

import (
	"io"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/output"
)

// A Format is a format of a report.
type Format struct {
	Name     string
	Suffixes []string // of file names that select it, with the dot
	Write    func(w io.Writer, r *checks.Report, o Options) error
	// Exit, if set, returns the exit status in place of the report's, for a monitoring
	// system with its own conventions, which expects output on stdout in every case.
	Exit func(r *checks.Report) int
	// Keeps, if set, says that the format keeps the old results of checks that did not run.
	// It checks the text of the file that is replaced, and returns an error if the file is
	// not of the format.
	Keeps func(previous []byte) error
	// Past says that the format shows earlier runs, if there is a history.
	Past bool
	// Refuse is set together with Exit. It reports to that system why there is no
	// report, and returns the exit status.
	Refuse func(w io.Writer, err error) int
}

// Options are options of a report. The zero value suits a file or a pipe.
type Options struct {
	// Terminal says that the output is a terminal, Width its number of columns (0 is
	// unknown), and Color that colours may be used.
	Terminal bool
	Width    int
	Color    bool
	// Quiet leaves out passed checks.
	Quiet bool
	// Changed reports, in text, whether the verdict of a check and its message are marked as
	// changed; nil marks none.
	Changed func(check string) (verdict, message bool)
	// TAP is the version of that protocol; 0 is 13.
	TAP int
	// Previous is the text of the file that this report replaces; nil if there is none.
	Previous []byte
	// Partial says that only some of the checks ran. If the format has Keeps, the results
	// of the others are kept from Previous.
	Partial bool
	// Past are earlier runs of the history, oldest first. At most [PastRuns] of them are
	// shown for each check. Nil means that there is no history.
	Past []history.Run
}

// Formats are all formats, in the order in which help shows them.
var Formats = output.Catalogue[Format]{
	{Name: "text", Suffixes: []string{".txt"}, Write: writeText},
	{Name: "json", Suffixes: []string{".json"}, Write: writeJSON},
	{Name: "junit", Suffixes: []string{".xml"}, Write: writeJUnit},
	{Name: "tap", Suffixes: []string{".tap"}, Write: writeTAP},
	{Name: "nagios", Write: writeNagios, Exit: exitNagios, Refuse: refuseNagios},
	{Name: "prometheus", Suffixes: []string{".prom"}, Write: writePrometheus, Keeps: keepsPrometheus},
	{Name: "markdown", Suffixes: []string{".md", ".markdown"}, Write: writeMarkdown},
	{Name: "html", Suffixes: []string{".html", ".htm"}, Write: writeHTML, Past: true},
}

// ForPeople reports whether the format is read by people, also in the log of a job.
func (f Format) ForPeople() bool { return f.Name == "text" || f.Name == "markdown" }

// Called returns the format's name and suffixes.
func (f Format) Called() (name string, suffixes []string) { return f.Name, f.Suffixes }
