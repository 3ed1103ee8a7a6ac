// Messages by mail.

package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// An email sends messages through an SMTP server.
type email struct {
	to             []string
	from           string
	host           string
	port           int
	tls            string // the value of tls: in the config
	user, password string
	shape          shape // the shape of a template; nil is text for people
	certificates   *tls.Config
}

func (e *email) send(ctx context.Context, m Message) error {
	letter, err := e.letter(m)
	if err != nil {
		return &permanent{err}
	}
	client, err := e.client(ctx)
	if err != nil {
		return &permanent{e.hidden(err)}
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if err == nil || letter.IsDelivered() { // the server accepted the mail, and only the end of the session failed
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return e.hidden(err)
	}
	if s, ok := errors.AsType[*mail.SendError](err); ok && !s.IsTemp() && s.ErrorCode() >= 500 {
		return &permanent{e.hidden(err)}
	}
	return e.hidden(err)
}

// letter returns the mail. A repeated mail has the same Message-ID.
func (e *email) letter(m Message) (*mail.Msg, error) {
	text := m.Text(mostEvents)
	if e.shape != nil {
		body, _, err := e.shape(m)
		if err != nil {
			return nil, err
		}
		text = string(body)
	}
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := letter.From(e.from); err != nil {
		return nil, err
	}
	if err := letter.To(e.to...); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(e.from, "@")
	letter.SetMessageIDWithValue(m.ID + "@" + strings.Trim(domain, "> "))
	letter.SetDateWithValue(m.Started)
	letter.Subject("[fanql] " + brief(m.Summary)) // the summary is one line
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(mail.TypeTextPlain, text)
	return letter, nil
}

func (e *email) client(ctx context.Context) (*mail.Client, error) {
	left := time.Minute
	if deadline, ok := ctx.Deadline(); ok {
		left = max(time.Until(deadline), time.Millisecond)
	}
	options := []mail.Option{mail.WithPort(e.port), mail.WithTimeout(left), mail.WithTLSConfig(e.config())}
	switch e.tls {
	case "implicit":
		options = append(options, mail.WithSSL())
	case "off":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.password != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.user), mail.WithPassword(e.password))
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		options = append(options, mail.WithHELO(name))
	}
	return mail.NewClient(e.host, options...)
}

func (e *email) config() *tls.Config {
	c := &tls.Config{ServerName: e.host, MinVersion: tls.VersionTLS12}
	if e.certificates != nil {
		c.RootCAs = e.certificates.RootCAs
	}
	return c
}

// hidden returns an error of the mail server without the password.
func (e *email) hidden(err error) error {
	text := brief(err.Error())
	if e.password != "" {
		text = strings.ReplaceAll(text, e.password, "…")
	}
	return errors.New(text)
}

// hostAndPort splits an address of a mail server.
func hostAndPort(server string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(server)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil || host == "" || port < 1 || port > 65535 {
		return "", 0, errors.New("it is not host:port, such as mail.example:587")
	}
	return host, port, nil
}
