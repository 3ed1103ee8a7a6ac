// Messages about a run: one for each channel that wants events of it.

package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
)

// Version of the shape of messages; within a version fields are only added.
const Version = 1

// A Message is the message to a channel about one run. It is written as JSON with these
// names.
type Message struct {
	Version int `json:"version"`
	// ID identifies the message. It is the same each time that the message is sent.
	ID      string    `json:"id"`
	Fanql   string    `json:"fanql"` // the program's version
	Run     string    `json:"run"`   // the run's name
	RunID   int64     `json:"run_id"`
	Started time.Time `json:"started"` // when the run started
	Summary string    `json:"summary"` // one line
	Events  []Event   `json:"events"`  // at least one
}

// An Event is a change or a reminder of one check.
type Event struct {
	Event    string    `json:"event"` // failed, warned, error or recovered
	Reminder bool      `json:"reminder"`
	Check    string    `json:"check"`
	Describe string    `json:"describe"`
	Owner    string    `json:"owner"`
	Link     string    `json:"link"`
	Tags     []string  `json:"tags"`
	Verdict  string    `json:"verdict"`
	Before   string    `json:"before"` // the verdict that was reported before
	Since    time.Time `json:"since"`  // when the check got the verdict
	Began    time.Time `json:"began"`  // when the check stopped passing
	Runs     int       `json:"runs"`   // the number of runs in a row with the verdict
	Message  string    `json:"message"`
	// Sources are the sources that did not pass, at most mostSources.
	Sources []Source `json:"sources"`
	More    int      `json:"more_sources"` // how many are left out of Sources
}

// A Source says why a source did not pass.
type Source struct {
	Source  string `json:"source"` // empty for all sources together
	Verdict string `json:"verdict"`
	Message string `json:"message"`
}

const (
	mostSources = 20
	mostText    = 500 // characters of a text from elsewhere
)

// brief converts a text from elsewhere into one short line that is safe to print.
func brief(s string) string {
	r := []rune(output.Sanitize(strings.Join(strings.Fields(s), " ")))
	if len(r) > mostText {
		return string(r[:mostText-1]) + "…"
	}
	return string(r)
}

// JSON returns the message in fanql's own shape.
func (m Message) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// summarize counts the events.
func summarize(run string, events []Event) string {
	counts := map[string]int{}
	for _, e := range events {
		if e.Reminder {
			counts["still "+e.Event]++
		} else {
			counts[e.Event]++
		}
	}
	var parts []string
	for _, kind := range []string{"failed", "still failed", "error", "still error", "warned", "still warned", "recovered"} {
		if n := counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	text := strings.Join(parts, ", ")
	if len(events) == 1 {
		text = events[0].heading()
	}
	if run == "" {
		return text
	}
	return brief(run) + ": " + text
}

// heading returns an event in a few words.
func (e Event) heading() string {
	word := map[string]string{"failed": "failed", "warned": "warned", "error": "could not be evaluated", "recovered": "passes again"}[e.Event]
	if e.Reminder {
		word = "still " + word
	}
	return e.Check + " " + word
}

// Text returns the message for people. Most is the largest number of events in it.
func (m Message) Text(most int) string {
	var b strings.Builder
	for i, e := range m.Events {
		if i == most {
			fmt.Fprintf(&b, "and %d more\n", len(m.Events)-most)
			break
		}
		b.WriteString(e.text())
	}
	return b.String()
}

func (e Event) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", e.heading())
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %s%s\n", name, text)
		}
	}
	line("", e.Describe)
	line("", e.Message)
	for _, s := range e.Sources {
		name := s.Source
		if name == "" {
			name = "all sources"
		}
		line(name+": ", s.Message)
	}
	if e.More > 0 {
		line("", fmt.Sprintf("and %d more sources", e.More))
	}
	since := e.Since
	if e.Event == "recovered" {
		line("it did not pass since ", shownTime(e.Began))
	} else {
		line("since ", fmt.Sprintf("%s (runs: %d)", shownTime(since), e.Runs))
	}
	line("owner: ", e.Owner)
	line("", e.Link)
	return b.String()
}

func shownTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
