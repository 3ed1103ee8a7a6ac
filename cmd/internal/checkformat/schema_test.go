// The JSON report is validated by its schema.

package checkformat

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/fanql/fanql/cmd/internal/checks"
)

func TestTheReportKeepsItsSchema(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(checks.Schema), &s); err != nil {
		t.Fatal(err)
	}
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	document := map[string]any{}
	read := func() {
		if err := json.Unmarshal([]byte(shown(t, "json", fullReport(), Options{})), &document); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if err := schema.Validate(document); err != nil {
		t.Error(err)
	}
	// The report has only fields that the schema describes.
	described := func(what string, v any, s *jsonschema.Schema) {
		if got, want := slices.Sorted(maps.Keys(v.(map[string]any))), slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(got, want) {
			t.Errorf("%s: fields %v, described %v", what, got, want)
		}
	}
	described("the report", document, &s)
	check := s.Properties["checks"].Items
	for _, c := range document["checks"].([]any) {
		described("a check", c, check)
		for _, source := range c.(map[string]any)["sources"].([]any) {
			described("a source", source, check.Properties["sources"].Items)
			for _, f := range source.(map[string]any)["findings"].([]any) {
				described("a finding", f, s.Defs["finding"])
			}
			for _, n := range source.(map[string]any)["numbers"].([]any) {
				described("a number", n, s.Defs["number"])
			}
		}
	}
	document["verdict"] = "fine"
	if schema.Validate(document) == nil {
		t.Error("an unknown verdict is valid")
	}
	read()
	delete(document["checks"].([]any)[0].(map[string]any), "sources")
	if schema.Validate(document) == nil {
		t.Error("a check without sources is valid")
	}
}
