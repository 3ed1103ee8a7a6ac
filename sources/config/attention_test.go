// owner, link, snooze_until and enabled: their values, and the positions of their errors.

package config

import (
	"strings"
	"testing"
	"time"
)

func TestWhoACheckIsFor(t *testing.T) {
	c := mustLoad(t, `checks:
  all: {sql: select 1, expect: n > 0, owner: Data Team <data@shop.example>, link: "https://wiki.example/a?b=c#d", snooze_until: 2026-12-01T08:00Z, enabled: false}
  none: {sql: select 1, expect: n > 0, enabled: true}
  day: {sql: select 1, expect: n > 0, snooze_until: 2026-12-01}
  zone: {sql: select 1, expect: n > 0, snooze_until: "2026-12-01T08:00+02:00"}
`)
	all, none := c.Checks[0], c.Checks[1]
	if all.Owner != "Data Team <data@shop.example>" || all.Link != "https://wiki.example/a?b=c#d" || !all.Disabled {
		t.Errorf("%+v", all)
	}
	if none.Owner != "" || none.Link != "" || none.Disabled || !none.SnoozeUntil.IsZero() {
		t.Errorf("%+v", none)
	}
	until := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	if !all.Snoozed(until.Add(-1)) || all.Snoozed(until) || none.Snoozed(until) {
		t.Error("a check is snoozed after the end of its snooze")
	}
	for i, want := range map[int]string{0: "2026-12-01T08:00Z", 2: "2026-12-01T00:00Z", 3: "2026-12-01T06:00Z"} {
		if got := ShowInstant(c.Checks[i].SnoozeUntil); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestWhoACheckIsForAndIsNot(t *testing.T) {
	for line, want := range map[string]string{
		`owner: ""`:                 "4:12: check c: owner: it is not one line of text",
		`owner: "a\nb"`:             "4:12: check c: owner: it is not one line of text",
		`owner: [a, b]`:             "4:12: check c: owner: not a single value: write one text or number, in quotes if need be",
		`link: wiki.example/a`:      "4:11: check c: link: it is no address of a page such as https://wiki.example/orders",
		`link: javascript:alert(1)`: "4:11: check c: link: it is no address",
		`link: "https://user:secret@wiki.example/a"`: "4:11: check c: link: it is no address",
		`link: "https:///a"`:                         "4:11: check c: link: it is no address",
		`snooze_until: tomorrow`:                     `4:19: check c: snooze_until: "tomorrow" is no time such as 2026-12-01T08:00Z or 2026-12-01`,
		`snooze_until: 2026-13-01`:                   `4:19: check c: snooze_until: "2026-13-01" is no time`,
		`enabled: no`:                                `4:14: check c: enabled: "no" is neither true nor false`,
		`snoze_until: 2026-12-01`:                    `4:5: check c: unknown key "snoze_until": did you mean "snooze_until"?`,
	} {
		_, err := load(t, "checks:\n  c:\n    {sql: select 1, expect: n > 0,\n    "+line+"}\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
}
