// The owner of a check, its snooze, and whether it is enabled.

package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// attention reads owner, link, snooze_until or enabled of a check.
func (d *document) attention(f entry, what string, c *Check) {
	what += ": " + f.key
	switch f.key {
	case "owner":
		c.Owner = d.line(f, what)
	case "link":
		c.Link = d.line(f, what)
		if u, err := url.Parse(c.Link); c.Link != "" && (err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Host == "" || u.User != nil) {
			d.add(f.place(), "%s: it is no address of a page such as https://wiki.example/orders", what)
		}
	case "snooze_until":
		text, ok := d.setting(f, what)
		if !ok {
			return
		}
		var err error
		if c.SnoozeUntil, err = ParseInstant(text); err != nil {
			d.add(f.place(), "%s: %v", what, err)
		}
	case "enabled":
		on, ok := d.scalar(f, what)
		if c.Disabled = on == "false"; ok && on != "true" && on != "false" {
			d.add(f.place(), "%s: %s is neither true nor false", what, shown(on))
		}
	}
}

// line reads a text of one line that is not empty.
func (d *document) line(f entry, what string) string {
	text, ok := d.scalar(f, what)
	if ok && (strings.TrimSpace(text) == "" || strings.ContainsFunc(text, unicode.IsControl)) {
		d.add(f.place(), "%s: it is not one line of text", what)
		return ""
	}
	return text
}

// ParseInstant reads an instant or a date, which are in UTC unless they say otherwise.
func ParseInstant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is no time such as 2026-12-01T08:00Z or 2026-12-01", shown(text))
}

// Snoozed reports whether the check is snoozed at that time.
func (c Check) Snoozed(now time.Time) bool { return now.Before(c.SnoozeUntil) }

// ShowInstant returns an instant as it is written in a config, in UTC.
func ShowInstant(t time.Time) string {
	if t = t.UTC(); t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04Z")
	}
	return t.Format(time.RFC3339Nano)
}
