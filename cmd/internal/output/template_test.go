// File names with fields, and what the values of the fields must not do.

package output

import (
	"strings"
	"testing"
	"time"
)

func TestTemplatesAreRead(t *testing.T) {
	for text, want := range map[string]struct {
		fields []Field
		folder string
		name   string // the name for the source eu/1 with the tag prod, part 12
		wrong  string
	}{
		"out.csv":                         {name: "out.csv"},
		"a/b/out.csv":                     {folder: "a/b/", name: "out.csv"},
		"out/{source}.csv":                {fields: []Field{FieldSource}, folder: "out/", name: "eu/1.csv"},
		"{tag}/{source}-{date}.csv":       {fields: []Field{FieldTag, FieldSource, FieldDate}, name: "prod/eu/1-2026-01-31.csv"},
		"/x/{date}/all-{part}.json":       {fields: []Field{FieldDate, FieldPart}, folder: "/x/", name: "2026-01-31/all-0012.json"},
		"a{{b}}/{{{tag}}}.csv":            {fields: []Field{FieldTag}, folder: "a{b}/", name: "{prod}.csv"},
		"../up/{tag}":                     {fields: []Field{FieldTag}, folder: "../up/", name: "prod"},
		"out{tag}/x":                      {fields: []Field{FieldTag}, name: "outprod/x"},
		"out/{sorce}.csv":                 {wrong: "there is no field {sorce}: did you mean {source}? the fields are {source}, {tag}, {date}, {part}, and {{ or }} is a brace"},
		"out/{}.csv":                      {wrong: "there is no field {}: the fields are"},
		"out/{source.csv":                 {wrong: "a brace stands alone"},
		"out/source}.csv":                 {wrong: "a brace stands alone"},
		"{source}/../x":                   {wrong: `a name has no part ".."`},
		"{source}//x":                     {wrong: `a name has no part ""`},
		"out/{source}/":                   {wrong: `a name has no part ""`},
		"out/{source}/./x":                {wrong: `a name has no part "."`},
		"out/{\x1b[31m}":                  {wrong: `there is no field {\x1b[31m}`},
		"{date}{part}{source}{tag}{date}": {fields: fields, name: "2026-01-310012eu/1prod2026-01-31"},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := ParseTemplate(text)
			if want.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), want.wrong) {
					t.Fatalf("%v, want %s", err, want.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range fields {
				has := false
				for _, w := range want.fields {
					has = has || w == f
				}
				if got.Has(f) != has {
					t.Errorf("{%s}: %v", f, got.Has(f))
				}
			}
			v := Values{Source: "eu/1", Tag: "prod", Part: 12, Date: time.Date(2026, 2, 1, 1, 0, 0, 0, time.FixedZone("", 7200))}
			name, err := got.Name(v)
			if err != nil || name != want.name || got.Folder() != want.folder || got.String() != text || got.Fields() != (len(want.fields) > 0) {
				t.Errorf("%q in %q (%v)", name, got.Folder(), err)
			}
			if base := got.Base(); strings.ContainsAny(base, "/") || base == "" {
				t.Errorf("the base is %q", base)
			}
		})
	}
	long, err := ParseTemplate("{source}" + strings.Repeat("ö", 500))
	if err != nil || len(long.Base()) > 160 || strings.ContainsRune(long.Base(), '\ufffd') {
		t.Errorf("%q (%v)", long.Base(), err)
	}
	if plain, err := ParseTemplate("a/{{x}}.csv"); err != nil || plain.Literal() != "a/{x}.csv" {
		t.Errorf("%q (%v)", plain.Literal(), err)
	}
}

// A source or a tag may have any name. If a program or a server lists the sources, other people
// choose the names.
func TestHostileNamesDoNotLeaveTheFolder(t *testing.T) {
	template, err := ParseTemplate("out/{source}.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]string{
		"eu": "", "shards/2024": "", "a/b/c": "", "größe": "", "a b": "", "x.y": "", "日本": "", "a..b": "", "-rf": "", "~": "", "$HOME": "",
		"..":                     "hidden",           // ...csv
		"../x":                   "leave the folder", // out/../x.csv
		"a/../../x":              "leave the folder",
		"/etc/passwd":            "empty part",
		"a//b":                   "empty part",
		"":                       "hidden",
		".ssh/x":                 "hidden",
		".":                      "hidden",
		"a/.b":                   "hidden",
		"a./b":                   "not every file system",
		"a /b":                   "not every file system",
		" a":                     "not every file system",
		"a\x00b":                 "control character",
		"a\nb":                   "control character",
		"a\x1b[2Jb":              "control character",
		"a\u202eb":               "control character",
		`a\..\b`:                 "backslash",
		"a\xffb":                 "control character",
		strings.Repeat("x", 252): "a file system takes 255",
		strings.Repeat("x", 251): "",
	} {
		got, err := template.Name(Values{Source: name})
		switch {
		case wrong == "" && (err != nil || got != name+".csv"):
			t.Errorf("%q: %q (%v)", name, got, err)
		case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
			t.Errorf("%q: %q (%v), want %s", name, got, err, wrong)
		case err != nil && Sanitize(err.Error()) != err.Error():
			t.Errorf("%q: the error could steer a terminal: %q", name, err)
		}
	}
}

func FuzzTemplateNames(f *testing.F) {
	f.Add("out/{source}.csv", "a/b", "t")
	f.Add("{tag}/{source}", "..", "/")
	f.Fuzz(func(t *testing.T, text, source, tag string) {
		template, err := ParseTemplate(text)
		if err != nil || !template.Fields() {
			return
		}
		name, err := template.Name(Values{Source: source, Tag: tag, Part: 1})
		if err != nil {
			return
		}
		for part := range strings.SplitSeq(name, "/") {
			if part == "" || part[0] == '.' || len(part) > 255 || strings.ContainsAny(part, "\x00\n\\") {
				t.Errorf("%q of %q and %q has the part %q", text, source, tag, part)
			}
		}
	})
}
