// The history of checks: where it is kept, and for how long.

package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// A History is the value of history.
type History struct {
	File string         // ready to be opened
	Keep *time.Duration // how long runs are kept; nil is not set, and 0 is for ever
	Pos  Pos            // the place of the file
}

var historyKeys = []string{"file", "keep"}

// history reads a mapping, or a single value that is the file.
func (d *document) history(e entry, dir string) *History {
	h := &History{Pos: e.place()}
	file := func(f entry, what string) {
		path, ok := d.setting(f, what)
		switch {
		case !ok:
		case path == "":
			d.add(f.place(), "%s: it names no file", what)
		default:
			h.File, h.Pos = rooted(dir, path), f.place()
		}
	}
	if _, fields := e.value.(ast.MapNode); fields {
		wrong := len(d.list)
		for _, f := range d.known(d.entries(e.value, "history"), "history", historyKeys) {
			switch f.key {
			case "file":
				file(f, "history: file")
			case "keep":
				h.Keep = d.age(f, "history: keep")
			}
		}
		if h.File == "" && len(d.list) == wrong {
			d.add(e.place(), "history: it names no file: write file: history.db")
		}
		return h
	}
	file(e, "history")
	return h
}

// age reads a time as ParseKeep does. It returns nil, and records the reason, for anything
// else.
func (d *document) age(e entry, what string) *time.Duration {
	text, ok := d.setting(e, what)
	if !ok {
		return nil
	}
	v, err := ParseKeep(text)
	if err != nil {
		d.add(e.place(), "%s: %v", what, err)
		return nil
	}
	return &v
}

// ParseKeep reads how long runs are kept. The least is an hour, because a user may mean a
// month by 1m. 0 is for ever.
func ParseKeep(text string) (time.Duration, error) {
	v, err := ParseAge(text)
	if err == nil && v > 0 && v < time.Hour {
		return 0, fmt.Errorf("%s is less than an hour: write a time such as 90d, 12w or 36h", shown(text))
	}
	return v, err
}

// mostHours is a hundred years.
const mostHours = 100 * 366 * 24

// ParseAge reads a time such as 90d, 12w, or what [ParseDuration] reads; a day has 24
// hours. 0 is no limit.
func ParseAge(text string) (time.Duration, error) {
	for unit, hours := range map[string]int64{"d": 24, "w": 7 * 24} {
		number, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 0 || n > mostHours/hours {
			break
		}
		return time.Duration(n*hours) * time.Hour, nil
	}
	v, err := ParseDuration(text)
	switch {
	case err != nil && !numberForm().MatchString(text):
		return 0, fmt.Errorf("%s is not a time such as 90d, 12w or 36h", shown(text))
	case err != nil && !strings.HasPrefix(text, "-"):
		return 0, fmt.Errorf("%s has no unit: write %sd", shown(text), text)
	}
	return v, err
}
