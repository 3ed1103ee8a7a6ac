// junit: XML for CI systems, with a suite for each check and a case for each of its
// sources.

package checkformat

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

// The elements and attributes are those of Maven's Surefire: Jenkins checks files
// against its schema, and GitLab, GitHub's actions and others accept them. GitLab
// distinguishes cases by classname and name, and shows only the name in places, so the
// name contains the check's name as well.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string           `xml:"name,attr"`
	Tests      int              `xml:"tests,attr"`
	Failures   int              `xml:"failures,attr"`
	Errors     int              `xml:"errors,attr"`
	Skipped    int              `xml:"skipped,attr"`
	Time       string           `xml:"time,attr"`
	Timestamp  string           `xml:"timestamp,attr"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase      `xml:"testcase"`
}

type junitProperties struct {
	All []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string       `xml:"name,attr"`
	Classname string       `xml:"classname,attr"`
	Time      string       `xml:"time,attr"`
	Failure   *junitResult `xml:"failure"`
	Error     *junitResult `xml:"error"`
	Skipped   *junitResult `xml:"skipped"`
	Out       *junitLines  `xml:"system-out"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

type junitLines struct {
	Text string `xml:",cdata"`
}

func writeJUnit(w io.Writer, r *checks.Report, _ Options) error {
	all := junitSuites{Name: "fanql check", Time: junitSeconds(r.ElapsedSeconds)}
	for _, c := range r.Checks {
		s := junitSuite{Name: xmlText(c.Name), Time: junitSeconds(c.DurationSeconds), Timestamp: junitTime(r, c.StartSeconds)}
		s.Properties = &junitProperties{}
		for _, p := range []junitProperty{{"describe", c.Describe}, {"owner", c.Owner}, {"link", c.Link}, {"snoozed_until", snoozedUntil(c)}} {
			if p.Value != "" {
				s.Properties.All = append(s.Properties.All, junitProperty{p.Name, xmlText(p.Value)})
			}
		}
		for _, e := range c.Expected {
			s.Properties.All = append(s.Properties.All, junitProperty{"expected", xmlText(e)})
		}
		for _, k := range cases(c) {
			s.add(junitCaseOf(k))
		}
		all.add(s)
	}
	for _, name := range r.Disabled {
		s := junitSuite{Name: xmlText(name), Time: junitSeconds(0), Timestamp: junitTime(r, 0)}
		s.add(junitCase{Name: s.Name, Classname: s.Name, Time: s.Time, Skipped: &junitResult{Message: "not run: enabled: false", Type: "disabled"}})
		all.add(s)
	}
	if r.Error != nil {
		s := junitSuite{Name: all.Name, Time: junitSeconds(r.ElapsedSeconds), Timestamp: junitTime(r, 0)}
		s.add(junitCase{Name: all.Name, Classname: all.Name, Time: s.Time, Error: &junitResult{Message: xmlText(*r.Error), Type: "ended early"}})
		all.add(s)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

// junitCaseOf writes a warning as a skipped case: no CI system fails for one, and all
// of them show its message, while they hide the output of a passed case.
func junitCaseOf(k testCase) junitCase {
	c := junitCase{Name: xmlText(k.name), Classname: xmlText(k.check.Name), Time: junitSeconds(k.seconds)}
	message, out := xmlText(k.message), ""
	switch {
	case k.excused:
		c.Skipped = &junitResult{Message: "not evaluated, and not required: " + message, Type: "excused"}
	case k.verdict == checks.Failed:
		c.Failure = &junitResult{Message: message, Type: string(k.verdict), Text: xmlLines(k.details())}
	case k.verdict == checks.Error:
		c.Error = &junitResult{Message: message, Type: string(k.verdict), Text: xmlLines(k.details())}
	case k.verdict == checks.Warned:
		c.Skipped = &junitResult{Message: "warned: " + message, Type: string(k.verdict)}
		out = k.details()
	}
	for _, warning := range k.warnings() {
		out += "warning: " + warning + "\n"
	}
	if out != "" {
		c.Out = &junitLines{xmlLines(out)}
	}
	return c
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func (a *junitSuites) add(s junitSuite) {
	a.Suites = append(a.Suites, s)
	a.Tests, a.Failures, a.Errors = a.Tests+s.Tests, a.Failures+s.Failures, a.Errors+s.Errors
}

func junitSeconds(s float64) string { return fmt.Sprintf("%.3f", s) }

// junitTime returns the time in UTC without a zone, which the schemas do not have.
func junitTime(r *checks.Report, offset float64) string {
	return r.Started.Add(time.Duration(offset * float64(time.Second))).UTC().Format("2006-01-02T15:04:05")
}

// xmlText makes a text one line of characters that XML has; other characters are
// escaped.
func xmlText(s string) string { return xmlLines(output.Sanitize(s)) }

// xmlLines is for lines that are safe already, except for the two characters that only
// XML lacks.
func xmlLines(s string) string { return xmlLacks.Replace(s) }

var xmlLacks = strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`)
