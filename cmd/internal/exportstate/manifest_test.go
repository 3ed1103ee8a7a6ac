// Manifests and states: what they hold, which files are rejected, and how a retry completes a
// manifest.

package exportstate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestARetryCompletesAManifest(t *testing.T) {
	bad := "it broke"
	earlier := &Manifest{
		Version: ManifestVersion, Started: time.Unix(1, 0), Complete: false,
		Files:   []ManifestFile{{Name: "b.csv", Sources: []string{"b"}}},
		Sources: []ManifestSource{{Source: "a", State: "failed", Error: &bad}, {Source: "b", State: "ok", Written: true}, {Source: "c", State: "timeout"}},
	}
	m := &Manifest{
		Version: ManifestVersion, Started: time.Unix(2, 0), Complete: true,
		Files:   []ManifestFile{{Name: "a.csv", Sources: []string{"a"}}},
		Sources: []ManifestSource{{Source: "a", State: "ok", Written: true}, {Source: "d", State: "ok", Written: true}},
	}
	m.Continue(earlier)
	var files, sources []string
	for _, f := range m.Files {
		files = append(files, f.Name)
	}
	for _, s := range m.Sources {
		sources = append(sources, s.Source+" "+s.State)
	}
	if strings.Join(files, ",") != "a.csv,b.csv" || strings.Join(sources, ",") != "a ok,b ok,c timeout,d ok" || m.Complete || m.Started != earlier.Started {
		t.Errorf("%q %q %v", files, sources, m)
	}
	earlier.Sources = earlier.Sources[:2]
	m.Sources = m.Sources[:1]
	if m.Continue(earlier); !m.Complete {
		t.Error("all sources are in it, but it is not complete")
	}
}

func TestFilesThatAreNoStateOrManifestAreRefused(t *testing.T) {
	for text, wrong := range map[string]string{
		"":                  "is no",
		"x":                 "is no",
		"[]":                "fanql: it is JSON of something else",
		`{}`:                "of version 0",
		`{"version": 2}`:    "of version 2, and this fanql knows 1",
		`{"version": 1} {}`: "behind its end",
		`{"version": 1, "sources": {"eu": {"since": {"type": "integer", "value": "x"}}}}`: "source eu:",
	} {
		path := filepath.Join(t.TempDir(), "s.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadState(path); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v, want %s", text, err, wrong)
		}
		if strings.Contains(text, "sources") {
			continue
		}
		if _, err := ReadManifest(path); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("manifest %s: %v, want %s", text, err, wrong)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	if s, found, err := ReadState(none); err != nil || found || s.Sources == nil {
		t.Errorf("%v %v (%v)", s, found, err)
	}
	if m, err := ReadManifest(none); m != nil || err != nil {
		t.Errorf("%v (%v)", m, err)
	}
}

func TestNamesInAManifestAreRelativeToIt(t *testing.T) {
	folder := t.TempDir()
	for manifest, want := range map[string]string{"m.json": "out/a.csv", "out/m.json": "a.csv", "other/m.json": "../out/a.csv"} {
		path := filepath.Join(folder, manifest)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(HomeOf("", filepath.Join(folder, "x")).Folder, "out", "a.csv")
		if got, err := NameFrom(path, target); err != nil || got != want {
			t.Errorf("%s: %s (%v), want %s", manifest, got, err, want)
		}
	}
}
