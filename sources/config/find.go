// Where the config file is searched for.

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/sources/option"
)

// Find returns the path of the config file: the one that the user names, else the one
// that FANQL_CONFIG names, else ./fanql.yaml, else $XDG_CONFIG_HOME/fanql/config.yaml,
// where ~/.config replaces an unset variable. It is not an error if there is none, but
// a file that is named must exist. A file that is not named must belong to the user:
// see [trusted].
func Find(named string, getenv func(string) string) (path string, found bool, err error) {
	for _, file := range []struct{ by, path string }{
		{"{config}", named},
		{"FANQL_CONFIG", getenv("FANQL_CONFIG")},
	} {
		if file.path == "" {
			continue
		}
		if _, err := os.Stat(file.path); err != nil {
			return "", false, option.Errorf("%s: config file %s: %w", option.Hint(file.by), file.path, unwrapped(err))
		}
		return file.path, true, nil
	}
	for _, path := range Places(getenv) {
		_, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", false, fmt.Errorf("config file %s: %w", path, unwrapped(err))
		}
		if err := trusted(path); err != nil {
			return "", false, option.Errorf("config file %s: %w: if you mean it, name it by {config} %s", path, err, path)
		}
		return path, true, nil
	}
	return "", false, nil
}

// Places returns the places where the config file is searched for if it is not named.
func Places(getenv func(string) string) []string {
	places := []string{"fanql.yaml"}
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		places = append(places, filepath.Join(dir, "fanql", "config.yaml"))
	} else if home := getenv("HOME"); home != "" {
		places = append(places, filepath.Join(home, ".config", "fanql", "config.yaml"))
	}
	return places
}
