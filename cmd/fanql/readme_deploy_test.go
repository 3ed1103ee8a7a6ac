// The examples for schedulers in the help pages are checked without a scheduler.

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// blocks returns the fenced blocks of a Markdown text that have the mark.
func blocks(t *testing.T, text, mark string) (all []string) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?ms)^```"+mark+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	if len(all) == 0 {
		t.Fatalf("no block of %s", mark)
	}
	return all
}

// knowsFlags checks that the program knows all flags of a command line. It adds --help, so that the
// command does not run.
func knowsFlags(t *testing.T, words []string) {
	t.Helper()
	if len(words) < 2 || filepath.Base(words[0]) != "fanql" || words[1] != "check" {
		t.Fatalf("%q is no fanql check", words)
	}
	out, err := program(t, append(words[1:len(words):len(words)], "--help")...).CombinedOutput()
	if status := exitStatus(t, err); status != 0 || !strings.Contains(string(out), "fanql check [FILE...]") {
		t.Errorf("%q: exit status %d\n%s", words, status, out)
	}
}

func TestTheCrontabLine(t *testing.T) {
	for _, line := range blocks(t, documents(t)["schedulers.md"], "cron") {
		fields := strings.Fields(line)
		for _, f := range fields[:5] {
			if !regexp.MustCompile(`^(\*|[0-9]+)(/[0-9]+)?$`).MatchString(f) {
				t.Errorf("%q is not a field of a crontab", f)
			}
		}
		if strings.Contains(line, "%") {
			t.Error("cron reads % as the end of the command")
		}
		knowsFlags(t, fields[5:])
	}
}

func TestTheUnitsOfSystemd(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, unit := range blocks(t, documents(t)["schedulers.md"], "ini") {
		name, _, _ := strings.Cut(strings.TrimPrefix(unit, "# "), "\n")
		if start := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindStringSubmatch(unit); start != nil {
			knowsFlags(t, strings.Fields(start[1]))
		}
		file := filepath.Join(dir, name)
		checkUnit(t, name, unit)
		unit = strings.ReplaceAll(unit, "/usr/local/bin/fanql", self) // fanql need not be installed there
		if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil { // on macOS and in small images systemd-analyze is missing, and only checkUnit checks the units
		t.Log("systemd-analyze is not in PATH: the units were only read")
		return
	}
	cmd := exec.CommandContext(t.Context(), analyze, append([]string{"verify", "--man=no"}, files...)...)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), dir) || strings.Contains(string(out), "Unknown") {
		t.Errorf("%v\n%s", err, out)
	}
}

// checkUnit checks a unit: each section may have only the keys listed here, and a timer
// must say when it runs.
func checkUnit(t *testing.T, name, unit string) {
	t.Helper()
	known := map[string][]string{
		"Unit":    {"Description", "After", "Wants"},
		"Service": {"Type", "User", "DynamicUser", "ExecStart", "Environment", "EnvironmentFile", "TimeoutStartSec", "SuccessExitStatus", "ProtectSystem", "ProtectHome", "PrivateTmp", "NoNewPrivileges", "RuntimeDirectory", "StateDirectory", "LoadCredential"},
		"Timer":   {"OnCalendar", "Persistent", "RandomizedDelaySec", "AccuracySec", "Unit"},
		"Install": {"WantedBy"},
	}
	section, seen := "", map[string]bool{}
	for line := range strings.Lines(unit) {
		line = strings.TrimSpace(line)
		switch key, value, ok := strings.Cut(line, "="); {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
			seen[section] = true
		case !ok || value == "" || !slices.Contains(known[section], key):
			t.Errorf("%s: %q is no line of [%s]", name, line, section)
		}
	}
	if kind := strings.TrimPrefix(filepath.Ext(name), "."); !seen[strings.ToUpper(kind[:1])+kind[1:]] {
		t.Errorf("%s has no section for a %s", name, kind)
	}
}

func TestTheYAMLOfSchedulersAndChecks(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range append(blocks(t, documents(t)["schedulers.md"], "yaml"), blocks(t, documents(t)["checks.md"], "yaml")...) {
		var v map[string]any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		switch {
		case v["kind"] == "CronJob":
			seen["cronjob"] = true
			var job struct {
				Spec struct {
					Schedule    string
					JobTemplate struct {
						Spec struct {
							Template struct {
								Spec struct {
									RestartPolicy string `yaml:"restartPolicy"`
									Containers    []struct{ Command []string }
								}
							}
						}
					} `yaml:"jobTemplate"`
				}
			}
			if err := yaml.Unmarshal([]byte(text), &job); err != nil {
				t.Fatal(err)
			}
			pod := job.Spec.JobTemplate.Spec.Template.Spec
			if v["apiVersion"] != "batch/v1" || len(strings.Fields(job.Spec.Schedule)) != 5 || pod.RestartPolicy != "Never" {
				t.Errorf("%+v", job)
			}
			knowsFlags(t, pod.Containers[0].Command)
		case v["jobs"] != nil:
			seen["ci"] = true
			for _, m := range regexp.MustCompile(`(?m)- run: (fanql .*)$`).FindAllStringSubmatch(text, -1) {
				knowsFlags(t, strings.Fields(m[1]))
			}
		case v["checks"] != nil:
			path := filepath.Join(t.TempDir(), "fanql.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(path, sources.Dialects, os.Getenv)
			if err != nil {
				t.Fatal(err)
			}
			list, err := checks.List(checks.Request{Config: c, Now: time.Now()})
			if err != nil || len(list) == 0 {
				t.Errorf("%d checks, %v", len(list), err)
			}
			seen["checks"] = seen["checks"] || len(list) == 9
		}
	}
	for _, what := range []string{"cronjob", "ci", "checks"} {
		if !seen[what] {
			t.Errorf("no %s", what)
		}
	}
}

// Each config on a page is valid, and the schema for editors accepts it.
func TestTheConfigsOfTheHelpPages(t *testing.T) {
	n := 0
	var schema jsonschema.Schema
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range documents(t) {
		for _, m := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "kind: CronJob") || strings.Contains(m[1], "runs-on:") {
				continue
			}
			n++
			path := filepath.Join(t.TempDir(), "fanql.yaml")
			if err := os.WriteFile(path, []byte(m[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(path, sources.Dialects, func(string) string { return "x" }); err != nil {
				t.Errorf("%s: %v\n%s", name, err, m[1])
			}
			var value any
			if err := yaml.Unmarshal([]byte(m[1]), &value); err != nil {
				t.Error(err)
			} else if err := resolved.Validate(value); err != nil {
				t.Errorf("%s: %v\n%s", name, err, m[1])
			}
			if wrong, ok := value.(map[string]any); ok {
				wrong["querys"] = map[string]any{}
				if resolved.Validate(wrong) == nil {
					t.Errorf("%s: the schema accepts an unknown key", name)
				}
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d configs", n)
	}
}
