package fetch

import (
	"slices"
	"testing"
)

func TestMirrorsAreReadFromBothFormatsOfAptSources(t *testing.T) {
	const deb822 = `# comment
Types: deb
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`
	for _, c := range []struct {
		name, path, text string
		want             []string
	}{
		{"stanzas", "debian.sources", deb822, []string{"http://mirror.example/debian"}},
		{"a line", "sources.list", "deb http://a.example/debian bookworm main contrib\n", []string{"http://a.example/debian"}},
		{"a line with options", "sources.list", "deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian sid main\n", []string{"http://a.example/debian"}},
		{"sources, comments and discs", "sources.list", "deb-src http://a.example/debian sid main\n# deb http://b.example/debian sid main\ndeb cdrom:[Debian 12]/ bookworm main\n", nil},
		{"only security and backports", "sources.list", "deb http://a.example/s bookworm-security main\ndeb http://a.example/debian bookworm-backports main\n", nil},
		{"a suite that is a path, and a line with too few words", "sources.list", "deb http://a.example/x ./\ndeb http://a.example/y stable/updates main\n", nil},
		{"other components", "docker.list", "deb http://a.example/linux bookworm stable\n", nil},
		{"Debian before others, each address once", "sources.list", "deb http://a.example/prod bookworm main\ndeb http://b.example/debian bookworm main\ndeb http://b.example/debian sid main\n", []string{"http://b.example/debian", "http://a.example/prod"}},
		{"a disabled stanza, and one of sources", "a.sources", "Types: deb\nEnabled: no\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\n\nTypes: deb-src\nURIs: http://b.example/debian\nSuites: sid\nComponents: main\n", nil},
		{"values in several lines", "a.sources", "Types: deb\r\nURIs:\r\n http://a.example/debian\r\n http://b.example/debian\r\nSuites: sid\r\nComponents: main\r\n", []string{"http://a.example/debian", "http://b.example/debian"}},
		{"a list of mirrors", "a.sources", "Types: deb deb-src\nURIs: mirror+file:/etc/apt/mirrors/debian.list\nSuites: trixie\nComponents: main\n", []string{"mirror+file:/etc/apt/mirrors/debian.list"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mirrors([]sourceFile{{c.path, c.text}}); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
