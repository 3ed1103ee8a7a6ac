// The help of the command completion for bash.

package usage

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestTheCompletionForBashNeedsNoPackage(t *testing.T) {
	run := func(args ...string) string {
		root := &cobra.Command{Use: "fanql"}
		root.AddCommand(&cobra.Command{Use: "query", Run: func(*cobra.Command, []string) {}})
		Strict(root)
		var out strings.Builder
		root.SetOut(&out)
		root.SetArgs(args)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if text := run("completion", "bash", "--help"); strings.Contains(text, "depends on") || !strings.Contains(text, "source <(fanql completion bash)") {
		t.Errorf("the help is\n%s", text)
	}
	if text := run("completion", "bash"); !strings.HasPrefix(text, "# Stand-ins") || !strings.Contains(text, "__start_fanql") {
		t.Errorf("the script begins\n%.200s", text)
	}
}
