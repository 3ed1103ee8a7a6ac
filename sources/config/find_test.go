// The places where the config is searched for, and their order.

package config

import (
	"os"
	"testing"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		what  string
		files []string
		flag  string
		env   map[string]string
		want  string // empty if no file is found
		err   string
	}{
		{what: "nothing is there", env: map[string]string{"HOME": "home"}},
		{what: "a flag counts first", files: []string{"a", "b", "fanql.yaml"}, flag: "a", env: map[string]string{"FANQL_CONFIG": "b"}, want: "a"},
		{what: "then the variable", files: []string{"b", "fanql.yaml"}, env: map[string]string{"FANQL_CONFIG": "b"}, want: "b"},
		{what: "then the working folder", files: []string{"fanql.yaml", "home/.config/fanql/config.yaml"}, env: map[string]string{"HOME": "home"}, want: "fanql.yaml"},
		{what: "then the home", files: []string{"home/.config/fanql/config.yaml"}, env: map[string]string{"HOME": "home"}, want: "home/.config/fanql/config.yaml"},
		{what: "XDG_CONFIG_HOME stands for ~/.config", files: []string{"xdg/fanql/config.yaml", "home/.config/fanql/config.yaml"}, env: map[string]string{"HOME": "home", "XDG_CONFIG_HOME": "$PWD/xdg"}, want: "$PWD/xdg/fanql/config.yaml"},
		{what: "a relative XDG_CONFIG_HOME counts for nothing", files: []string{"xdg/fanql/config.yaml"}, env: map[string]string{"XDG_CONFIG_HOME": "xdg"}},
		{what: "a flag that names nothing", files: []string{"fanql.yaml"}, flag: "a", err: "--config: config file a: no such file or directory"},
		{what: "a variable that names nothing", files: []string{"fanql.yaml"}, env: map[string]string{"FANQL_CONFIG": "b"}, err: "FANQL_CONFIG: config file b: no such file or directory"},
	} {
		t.Run(c.what, func(t *testing.T) {
			files := map[string]string{}
			for _, f := range c.files {
				files[f] = ""
			}
			write(t, files)
			wd, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			here := func(s string) string {
				return os.Expand(s, func(string) string { return wd })
			}
			path, found, err := Find(c.flag, func(name string) string { return here(c.env[name]) })
			if path != here(c.want) || found != (c.want != "") {
				t.Errorf("found %q, %v", path, found)
			}
			if (err == nil) != (c.err == "") || err != nil && shownText(err) != c.err {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}
