// The shapes of a webhook's body: fanql's own JSON, Slack's, or the output of a template.

package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/fanql/fanql/sources/config"
)

// A shape writes a message as a body of some content type.
type shape func(Message) (body []byte, contentType string, err error)

const (
	jsonType = "application/json"
	// mostBody bounds the output of a template, in bytes. mostEvents bounds the events in a
	// text for people.
	mostBody   = 256 << 10
	mostEvents = 30
	// mostSlack bounds a text for Slack, in characters: it cuts longer ones.
	mostSlack = 3500
)

// shapeOf returns the shape of a channel. The error is about its template.
func shapeOf(c config.Channel) (shape, error) {
	switch {
	case c.Template.Value != "":
		t, err := readTemplate(c)
		kind := c.ContentType
		if kind == "" {
			kind = "text/plain; charset=utf-8"
		}
		return func(m Message) ([]byte, string, error) {
			body, err := filled(t, m)
			return body, kind, err
		}, err
	case c.Shape == "slack":
		return func(m Message) ([]byte, string, error) {
			body, err := json.Marshal(map[string]any{"text": slackText(m)})
			return body, jsonType, err
		}, nil
	}
	return func(m Message) ([]byte, string, error) {
		body, err := m.JSON()
		return body, jsonType, err
	}, nil
}

// slackEscape escapes texts so that they contain no links or mentions.
var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackText(m Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s*\n", slackEscape.Replace(m.Summary))
	b.WriteString(slackEscape.Replace(m.Text(mostEvents)))
	text := []rune(b.String())
	if len(text) > mostSlack {
		text = append(text[:mostSlack], []rune("\n…")...)
	}
	return string(text)
}

// readTemplate parses a template and executes it once as a test.
func readTemplate(c config.Channel) (*template.Template, error) {
	t, err := template.New("template").Option("missingkey=error").Funcs(template.FuncMap{"json": quoted, "upper": strings.ToUpper}).Parse(c.Template.Value)
	if err != nil {
		return nil, templateError(err)
	}
	example := Event{Event: "failed", Check: "check", Tags: []string{"tag"}, Verdict: "failed", Before: "passed", Since: time.Unix(0, 0), Message: "message", Sources: []Source{{Source: "source", Verdict: "failed", Message: "message"}}}
	_, err = filled(t, Message{Version: Version, ID: newID(), Run: "run", Summary: "summary", Events: []Event{example}})
	return t, err
}

// quoted returns a value as JSON.
func quoted(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

func filled(t *template.Template, m Message) ([]byte, error) {
	w := &bounded{}
	if err := t.Execute(w, m); err != nil {
		return nil, templateError(err)
	}
	return w.Bytes(), nil
}

// templateError returns an error of a template without the template's internal name.
func templateError(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	return errors.New("template: " + strings.ReplaceAll(strings.TrimPrefix(text, "template:"), "\n", " "))
}

// bounded is a buffer that accepts at most as many bytes as a body may have.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > mostBody {
		return 0, fmt.Errorf("it makes more than %d KiB", mostBody>>10)
	}
	return b.Buffer.Write(p)
}
