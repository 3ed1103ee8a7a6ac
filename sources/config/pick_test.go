package config

import (
	"strings"
	"testing"
)

func TestPickChoosesAmongTheGivenAndTheConfigs(t *testing.T) {
	c := &Config{Sources: []Source{
		{Name: "eu", Tags: []string{"shop"}},
		{Name: "us", Tags: []string{"shop"}},
		{Name: "crm"},
		{Name: "shards/1", Group: "shards"},
		{Name: "shards/2", Group: "shards"},
	}}
	given := []Source{{Name: "live"}, {Name: "us", Tags: []string{"shop"}}}
	for _, x := range []struct {
		selectors []string
		want      string // names, or the error
	}{
		{nil, "live us"},
		{[]string{"crm"}, "crm"},
		{[]string{"us"}, "us"},
		{[]string{"tag:shop"}, "us eu"},
		{[]string{"shards,live"}, "live shards/1 shards/2"},
		{[]string{"*"}, "live us eu crm shards/1 shards/2"},
		{[]string{"!live"}, "us"},
		{[]string{"*,!tag:shop", "!shards/2"}, "live crm shards/1"},
		{[]string{"crn"}, `unknown source "crn": did you mean "crm"?`},
		{[]string{"tag:none"}, "no source has the tag"},
		{[]string{"!none"}, "unknown source"},
		{[]string{"!live,!us"}, "no sources are left"},
		{[]string{""}, "an empty selector"},
		{[]string{"eu,"}, "an empty selector"},
		{[]string{"eu.db"}, "unknown source"},
	} {
		picked, err := c.Pick(Given{Sources: given}, x.selectors)
		var got []string
		for _, s := range picked {
			got = append(got, s.Name)
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if all := strings.Join(got, " "); all != x.want && (err == nil || !strings.Contains(all, x.want)) {
			t.Errorf("%q gives %q, want %q", x.selectors, all, x.want)
		}
	}
}
