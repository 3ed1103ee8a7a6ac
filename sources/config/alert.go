// alert: when somebody is told of a change.

package config

import "time"

// An Alert says when a change of a check is told; nil is not set.
type Alert struct {
	After     *int           // runs in a row that see it
	Remind    *time.Duration // after which it is told again; 0 is never
	Recovered *bool          // it is told that a check passes again
	Pos       Pos            // where it stands
}

// Or returns the alert, with the settings of another where it has none. Either may be nil.
func (a *Alert) Or(b *Alert) *Alert {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	both := *a
	if both.After == nil {
		both.After = b.After
	}
	if both.Remind == nil {
		both.Remind = b.Remind
	}
	if both.Recovered == nil {
		both.Recovered = b.Recovered
	}
	return &both
}

var alertKeys = []string{"after", "remind", "recovered"}

// alert reads alert of a check or of defaults.
func (d *document) alert(e entry, what string) *Alert {
	what += ": alert"
	a := &Alert{Pos: e.at}
	for _, f := range d.known(d.entries(e.value, what), what, alertKeys) {
		switch f.key {
		case "after":
			a.After = d.atLeastOne(f, what+": after")
		case "remind":
			a.Remind = d.age(f, what+": remind")
		case "recovered":
			on := d.yes(f, what)
			a.Recovered = &on
		}
	}
	return a
}
