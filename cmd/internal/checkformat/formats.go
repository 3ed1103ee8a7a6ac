// Package checkformat shows what a run of checks found: one file per format, all of
// them listed in [Formats].
//
//	f, ok := checkformat.Formats.ByName("json")
//	err := f.Write(os.Stdout, report, checkformat.Options{})
package checkformat

import (
	"io"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

// A Format is one way of showing a report.
type Format struct {
	Name     string
	Suffixes []string // of file names that ask for it, with the dot
	Write    func(w io.Writer, r *checks.Report, o Options) error
	// Exit, where set, gives the exit status in place of the report's, for a reader
	// with conventions of its own, who wants to be told on stdout of every end.
	Exit func(r *checks.Report) int
	// Refuse is set with Exit. It tells that reader why there is no report, and gives
	// the exit status.
	Refuse func(w io.Writer, err error) int
}

// Options say how a report is shown. The zero value suits a file or a pipe.
type Options struct {
	// Terminal says that a terminal reads it, Width how many columns it has (0 is
	// unknown), and Color that it may be coloured.
	Terminal bool
	Width    int
	Color    bool
	// Quiet leaves out what went well.
	Quiet bool
	// TAP is the version of that protocol; 0 is 13.
	TAP int
	// Previous is the text of the file that this one will replace; nil where there
	// is none.
	Previous []byte
}

// Formats are all formats, in the order in which help shows them.
var Formats = output.Catalogue[Format]{
	{Name: "text", Suffixes: []string{".txt"}, Write: writeText},
	{Name: "json", Suffixes: []string{".json"}, Write: writeJSON},
	{Name: "junit", Suffixes: []string{".xml"}, Write: writeJUnit},
	{Name: "tap", Suffixes: []string{".tap"}, Write: writeTAP},
	{Name: "nagios", Write: writeNagios, Exit: exitNagios, Refuse: refuseNagios},
	{Name: "prometheus", Suffixes: []string{".prom"}, Write: writePrometheus},
	{Name: "markdown", Suffixes: []string{".md", ".markdown"}, Write: writeMarkdown},
	{Name: "html", Suffixes: []string{".html", ".htm"}, Write: writeHTML},
}

// ForPeople reports whether the format is read by people, also in the log of a job.
func (f Format) ForPeople() bool { return f.Name == "text" || f.Name == "markdown" }

// Called returns the format's name and suffixes.
func (f Format) Called() (name string, suffixes []string) { return f.Name, f.Suffixes }
