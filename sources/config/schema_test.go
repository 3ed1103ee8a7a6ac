package config

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// node is a part of the schema.
type node struct {
	Description          string
	Properties           map[string]node
	AdditionalProperties json.RawMessage
	AnyOf                []node
	Defs                 map[string]node `json:"$defs"`
}

// keys returns the keys of an object. If the node has alternatives, it is for the object
// among them.
func (n node) keys() []string {
	for _, x := range append(n.AnyOf, n) {
		if len(x.Properties) > 0 {
			return slices.Sorted(maps.Keys(x.Properties))
		}
	}
	return nil
}

// property returns a property of an object. If the node has alternatives, it is for the
// object among them.
func (n node) property(name string) node {
	for _, x := range append(n.AnyOf, n) {
		if p, ok := x.Properties[name]; ok {
			return p
		}
	}
	return node{}
}

// inside returns the schema of the values of an object with any keys.
func (n node) inside(t *testing.T) (v node) {
	t.Helper()
	if err := json.Unmarshal(n.AdditionalProperties, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheSchemaHasTheKeysThatAreRead(t *testing.T) {
	var root node
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	check := root.Defs["check"]
	for _, c := range []struct {
		what string
		n    node
		keys []string
	}{
		{"the config", root, rootKeys},
		{"defaults", root.Properties["defaults"], defaultKeys},
		{"a source", root.Defs["source"], sourceKeys},
		{"a list of sources", root.Defs["list"], listKeys},
		{"a tag", root.Properties["tags"].inside(t), tagKeys},
		{"a tunnel", root.Properties["tunnels"].inside(t), tunnelKeys},
		{"history", root.Properties["history"], historyKeys},
		{"on_failure", root.Properties["on_failure"], failureKeys},
		{"a table", root.Defs["table"], tableKeys},
		{"a query", root.Defs["query"], queryKeys},
		{"one of several queries", root.Defs["part"], tableQueryKeys},
		{"a parameter", root.Defs["param"], paramKeys},
		{"a check", check, checkKeys},
		{"expect", check.property("expect"), expectKeys},
		{"warn", check.property("warn"), thresholdKeys},
		{"fail", check.property("fail"), thresholdKeys},
		{"agree", check.property("agree"), agreeKeys},
		{"unchanged_from", check.property("unchanged_from"), unchangedKeys},
		{"schema", check.property("schema"), schemaKeys},
		{"alert", root.Defs["alert"], alertKeys},
		{"notify", root.Defs["channel"], channelKeys},
		{"email", root.Defs["channel"].property("email"), emailKeys},
		{"trend", check.property("trend").inside(t), trendKeys},
	} {
		if want := slices.Sorted(slices.Values(c.keys)); !slices.Equal(c.n.keys(), want) {
			t.Errorf("%s: the schema has %q, and %q are read", c.what, c.n.keys(), want)
		}
	}
	for _, n := range []node{root, check, root.Defs["query"].AnyOf[1], root.Defs["source"].AnyOf[1]} {
		for name, p := range n.Properties {
			if p.Description == "" && name != "at_first" && name != "alert" { // these refer to another definition
				t.Errorf("%s: no description", name)
			}
		}
	}
}
