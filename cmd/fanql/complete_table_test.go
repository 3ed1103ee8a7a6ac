// What every flag and every argument of every command completes to, as a table.

package main

import (
	"bytes"
	goflag "flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var updateCompletion = goflag.Bool("update-completion", false, "write testdata/completion.txt")

// completed returns what a command line completes to, in short: words, files, folders, or - for
// nothing. If the shell offers files as well as words, " | files" follows the words.
func completed(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), append([]string{"__complete"}, args...), strings.NewReader(""), &stdout, &stderr); status != 0 {
		t.Fatalf("%q: exit status %d\n%s", args, status, &stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
	number, err := strconv.Atoi(strings.TrimPrefix(lines[len(lines)-1], ":"))
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	var words []string
	for _, line := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(line, "\t")
		words = append(words, word)
	}
	text := strings.Join(words, " ")
	switch directive := cobra.ShellCompDirective(number); {
	case directive&cobra.ShellCompDirectiveError != 0:
		text = "error"
	case directive&cobra.ShellCompDirectiveFilterFileExt != 0:
		text = "files of " + text
	case directive&cobra.ShellCompDirectiveFilterDirs != 0:
		text = "folders"
	case directive&cobra.ShellCompDirectiveNoFileComp == 0 && text == "":
		text = "files"
	case directive&cobra.ShellCompDirectiveNoFileComp == 0:
		text += " | files"
	case text == "":
		text = "-"
	}
	return text
}

// TestWhatEachFlagAndArgumentCompletesTo goes through each command once. The table has what is
// offered for each flag with a value, and for each of the first three arguments. Files are offered
// only where a file is expected.
func TestWhatEachFlagAndArgumentCompletesTo(t *testing.T) {
	dir := t.TempDir()
	completing(t, dir)
	file, err := filepath.Abs("testdata/completion.txt")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(file)
	if err != nil && !*updateCompletion {
		t.Fatal(err)
	}
	root := (&app{getenv: os.Getenv}).rootCommand()
	t.Chdir(dir)
	t.Setenv("FANQL_CONFIG", "")
	t.Setenv("HOME", dir)
	var b strings.Builder
	b.WriteString("# What the value of each flag, and each argument, completes to: words, files or folders. A - means nothing.\n")
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(append([]string{"fanql"}, path...), " "))
		if cmd.Runnable() && len(cmd.Commands()) == 0 {
			given := []string{"x", "x", "x"}
			last := ""
			for n := range given {
				text := completed(t, append(append(append([]string{}, path...), given[:n]...), "")...)
				if text != last {
					fmt.Fprintf(&b, "  argument %d: %s\n", n+1, text)
				}
				last = text
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" || f.Hidden || f.Name == "help" {
				return
			}
			fmt.Fprintf(&b, "  --%s: %s\n", f.Name, completed(t, append(append([]string{}, path...), "--"+f.Name, "")...))
		})
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				walk(c, append(append([]string{}, path...), c.Name()))
			}
		}
	}
	walk(root, nil)
	if *updateCompletion {
		mustAll(t, os.WriteFile(file, []byte(b.String()), 0o600))
		return
	}
	if got := b.String(); got != string(table) {
		t.Errorf("testdata/completion.txt differs (go test ./cmd/fanql -run EachFlag -update-completion):\n%s", got)
	}
}
