// The first config is valid, and it is valid with all its comments turned into settings.

package starter

import (
	"os"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

func TestTheTextIsAConfigAlsoWithoutItsCommentMarks(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("checks", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("checks/a.yaml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := config.Drafts{Dialects: sources.Dialects, Folder: "."}
	for _, text := range []string{"postgres://u@h/d", "odd=sqlite:it's {odd}: #1.db", "${env:X}=x", `pg=host=h dbname=d password='a "b\\' user=u`} {
		draft, err := d.Read(text)
		if strings.HasPrefix(text, "$") {
			if err == nil {
				t.Errorf("%s was read as %+v", text, draft)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		d.List = append(d.List, draft)
	}
	text := Text(d.List, SchemaFile)
	var plain strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") && (!strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "#  ")) {
			line = line[1:]
		}
		plain.WriteString(line)
	}
	for _, text := range []string{text, plain.String()} {
		c, err := config.Parse("fanql.yaml", []byte(text), sources.Dialects, os.Getenv)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(c.Sources) != 3 || c.Sources[1].Path != "it's {odd}: #1.db" || c.Sources[2].URL != d.List[2].Location {
			t.Errorf("%+v", c.Sources)
		}
		if text != plain.String() {
			continue
		}
		if len(c.Queries) != 1 || len(c.Checks) != 1 || len(c.Files) != 2 || c.Defaults.Timeout == nil {
			t.Errorf("%+v", c)
		}
	}
}

func TestVariables(t *testing.T) {
	for source, want := range map[string]string{"eu": "EU_PASSWORD", "a/b-1.c": "A_B_1_C_PASSWORD", "1": "_1_PASSWORD", "größe": "GR__E_PASSWORD"} {
		if got := Variable(source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}
