// alert: when a change of a check is reported.

package config

import "time"

// An Alert says when a change of a check is reported; nil is not set.
type Alert struct {
	After     *int           // the number of runs in a row that must see it
	Remind    *time.Duration // the time after which it is reported again; 0 is never
	Recovered *bool          // a recovery is reported
	Pos       Pos            // its place
}

// Or returns the alert, with the settings of b where a has none. Either may be nil.
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
