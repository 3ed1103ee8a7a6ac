// notify: the channels for changes of checks.

package config

import (
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// A Channel is one entry of notify. One of Webhook, Email, Command and Heartbeat is set.
type Channel struct {
	Name      string
	Webhook   Reference
	Email     *Email
	Command   []string
	Heartbeat Reference
	// When are the kinds of events that the channel gets: failed, recovered, warned, error.
	When    []string
	Only    []string // selectors of checks; empty means all
	Timeout *time.Duration
	// Shape is json or slack. Template is a text/template instead of a shape, whose output
	// has the type ContentType. Secret signs the body of a webhook.
	Shape       string
	Template    Text
	ContentType string
	Secret      Reference
	Pos         Pos // where its name stands
}

// Email has the settings for sending mail.
type Email struct {
	To     []string
	From   string
	Server Reference // host:port
	TLS    string    // starttls, implicit or off
	User   Reference
	// Password is empty if the server needs none.
	Password Reference
}

// A Reference is a value that may contain ${env:NAME}, ${file:PATH} and ${keyring:NAME},
// which are looked up when the value is used. It may be a secret.
type Reference struct {
	Text string // the text as it is written; empty is not set
	Pos  Pos
	dir  string
}

// Value returns the value. The error says what is missing, and repeats no value.
func (r Reference) Value(getenv func(string) string) (string, error) {
	return expanded(r.Text, r.dir, getenv)
}

// Elsewhere reports whether the value contains a reference.
func (r Reference) Elsewhere() bool { return strings.Contains(r.Text, "${") }

// references returns the values of a channel that may be secrets.
func (c Channel) references() []Reference {
	all := []Reference{c.Webhook, c.Heartbeat, c.Secret}
	if c.Email != nil {
		all = append(all, c.Email.Server, c.Email.User, c.Email.Password)
	}
	return all
}

// literalSecret returns the name of a secret of the channel that is written in the file
// itself; empty if there is none.
func (c Channel) literalSecret() string {
	switch {
	case c.Secret.Text != "" && !c.Secret.Elsewhere():
		return "secret"
	case c.Email != nil && c.Email.Password.Text != "" && !c.Email.Password.Elsewhere():
		return "password"
	case c.Shape == "slack" && c.Webhook.Text != "" && !c.Webhook.Elsewhere():
		return "webhook"
	}
	return ""
}

var (
	channelKeys = []string{"webhook", "email", "command", "heartbeat", "when", "only", "timeout", "shape", "template", "content_type", "secret"}
	emailKeys   = []string{"to", "from", "server", "tls", "user", "password"}
	// eventKinds are the values of when.
	eventKinds = []string{"failed", "recovered", "warned", "error"}
	shapes     = []string{"json", "slack"}
	tlsWords   = []string{"starttls", "implicit", "off"}
)

func (d *document) channels(n ast.Node) (list []Channel) {
	for _, e := range d.named(d.entries(n, "notify"), "notify") {
		list = append(list, d.channel(e))
	}
	return list
}

func (d *document) channel(e entry) Channel {
	what := "notify " + e.key
	c := Channel{Name: e.key, Pos: e.at, Shape: shapes[0]}
	wrong := len(d.list)
	at := map[string]Pos{}
	for _, f := range d.known(d.entries(e.value, what), what, channelKeys) {
		at[f.key] = f.place()
		switch f.key {
		case "webhook", "heartbeat":
			r := d.address(f, what)
			if f.key == "webhook" {
				c.Webhook = r
			} else {
				c.Heartbeat = r
			}
		case "email":
			c.Email = d.email(f, what+": email")
		case "command":
			if c.Command, _ = d.scalars(f, what+": command"); len(c.Command) == 0 || c.Command[0] == "" {
				d.add(f.place(), "%s: command: it names no program: write [program, argument]", what)
			}
		case "when":
			c.When = d.kindsOfEvents(f, what+": when")
		case "only":
			c.Only, _ = d.scalars(f, what+": only")
		case "timeout":
			c.Timeout = d.duration(f, what)
		case "shape":
			c.Shape = d.oneOf(f, what+": shape", shapes)
		case "template":
			c.Template, _ = d.text(f, what+": template")
		case "content_type":
			c.ContentType = d.line(f, what+": content_type")
		case "secret":
			c.Secret = d.reference(f, what+": secret")
		}
	}
	if len(d.list) == wrong {
		d.wholeChannel(c, what, at)
	}
	return c
}

// wholeChannel records errors about keys that a channel lacks or that contradict each
// other.
func (d *document) wholeChannel(c Channel, what string, at map[string]Pos) {
	var ways []string
	for _, key := range channelKeys[:4] {
		if _, ok := at[key]; ok {
			ways = append(ways, key)
		}
	}
	if len(ways) != 1 {
		d.add(c.Pos, "%s: give one of webhook, email, command and heartbeat", what)
		return
	}
	goes := map[string][]string{
		"when": {"webhook", "email", "command"}, "shape": {"webhook"}, "template": {"webhook", "email"}, "content_type": {"webhook"}, "secret": {"webhook"},
	}
	for _, key := range channelKeys[4:] {
		if ok := goes[key]; at[key] != (Pos{}) && ok != nil && !slices.Contains(ok, ways[0]) {
			d.add(at[key], "%s: %s does not go with %s", what, key, ways[0])
		}
	}
	switch {
	case at["shape"] != (Pos{}) && at["template"] != (Pos{}):
		d.add(at["shape"], "%s: give either shape or template", what)
	case at["content_type"] != (Pos{}) && at["template"] == (Pos{}):
		d.add(at["content_type"], "%s: content_type is of the output of template", what)
	}
}

func (d *document) kindsOfEvents(f entry, what string) []string {
	words, at := d.scalars(f, what)
	for i, word := range words {
		if !slices.Contains(eventKinds, word) {
			d.add(at[i], "%s: %s: %s", what, shown(word), didYouMean(word, eventKinds))
		}
	}
	return words
}

// reference reads a value that may contain references.
func (d *document) reference(f entry, what string) Reference {
	text, ok := d.scalar(f, what)
	if ok && text == "" {
		d.add(f.place(), "%s: it is empty", what)
	}
	if _, err := references(strings.ReplaceAll(text, "$${", "")); ok && err != nil { // valid references are looked up when they are used
		d.add(f.place(), "%s: ${ begins a reference, %s: write $${ where the value has these characters", what, referenceForms)
	}
	return Reference{Text: text, Pos: f.place(), dir: d.dir}
}

// address reads the address of a web server. If it begins with a reference, its scheme is
// checked when it is used.
func (d *document) address(f entry, what string) Reference {
	r := d.reference(f, what+": "+f.key)
	if r.Text != "" && !strings.HasPrefix(r.Text, "${") {
		if err := WebAddress(r.Text); err != nil {
			d.add(f.place(), "%s: %s: %v", what, f.key, err)
		}
	}
	return r
}

// WebAddress returns an error if a text is not the address of a web server. The error does
// not repeat the text, because such addresses may be secrets.
func WebAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errAddress("it is no URL")
	case u.Scheme == "":
		return errAddress("it has no scheme")
	case u.Scheme != "http" && u.Scheme != "https":
		return errAddress("its scheme is neither http nor https")
	case u.Hostname() == "":
		return errAddress("it names no host")
	}
	return nil
}

type errAddress string

func (e errAddress) Error() string {
	return string(e) + ": write https://host/path, or ${env:NAME} for a secret one"
}

func (d *document) email(e entry, what string) *Email {
	m := &Email{}
	at := map[string]Pos{}
	wrong := len(d.list)
	for _, f := range d.known(d.entries(e.value, what), what, emailKeys) {
		at[f.key] = f.place()
		switch f.key {
		case "to":
			m.To, _ = d.scalars(f, what+": to")
			for _, to := range m.To {
				d.mailbox(f, what+": to", to)
			}
		case "from":
			if m.From, _ = d.scalar(f, what+": from"); m.From != "" {
				d.mailbox(f, what+": from", m.From)
			}
		case "server":
			m.Server = d.reference(f, what+": server")
			if host, port, ok := strings.Cut(m.Server.Text, ":"); !m.Server.Elsewhere() && m.Server.Text != "" && (!ok || host == "" || !isPort(port)) {
				d.add(f.place(), "%s: server: write host:port, such as mail.example:587", what)
			}
		case "tls":
			m.TLS = d.oneOf(f, what+": tls", tlsWords)
		case "user":
			m.User = d.reference(f, what+": user")
		case "password":
			m.Password = d.reference(f, what+": password")
		}
	}
	if len(d.list) > wrong {
		return m
	}
	for _, key := range []string{"to", "from", "server"} {
		if _, ok := at[key]; !ok {
			d.add(e.at, "%s: it has no %s", what, key)
		}
	}
	if m.TLS == "" {
		m.TLS = tlsWords[0]
		if strings.HasSuffix(m.Server.Text, ":465") {
			m.TLS = tlsWords[1]
		}
	}
	switch {
	case (m.User.Text == "") != (m.Password.Text == ""):
		d.add(e.at, "%s: user and password go together", what)
	case m.TLS == "off" && m.Password.Text != "":
		d.add(at["tls"], "%s: tls: off would send the password in the clear", what)
	}
	return m
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

func (d *document) mailbox(f entry, what, text string) {
	if a, err := mail.ParseAddress(text); err != nil || strings.ContainsAny(text, "\r\n") || a.Address == "" {
		d.add(f.place(), "%s: it is no address of mail such as ops@shop.example", what)
	}
}
