// The cases of testdata/cases on one server.
package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testkit"
)

// cases runs testdata/cases on this server only. Cases that need other servers are skipped. Cases
// that the server does not support are not run.
func cases(ctx context.Context, t *target) (string, error) {
	if t.cases == "" || t.casesTest == "" {
		return "", errAbsent
	}
	cmd := exec.CommandContext(ctx, t.casesTest, "-test.run", "^TestCases$", "-test.v", "-test.skip", leftOut(t.name))
	cmd.Dir, cmd.WaitDelay = filepath.Join("cmd", "fanql"), 5*time.Second
	cmd.Env = append(environment(t.dir), t.cases+"="+t.instances[0].URL, testkit.EnvProgram+"="+t.bin)
	out, err := cmd.CombinedOutput()
	return judgeCases(string(out), err)
}

// judgeCases counts the cases in the output of go test -v. A case that runs on several servers is
// counted once for each server.
func judgeCases(out string, failure error) (string, error) {
	var passed, failed, all []string
	for line := range strings.Lines(out) {
		verdict, rest, ok := strings.Cut(strings.TrimSpace(line), ": TestCases/")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, " (")
		switch all = append(all, name); verdict {
		case "--- PASS":
			passed = append(passed, name)
		case "--- FAIL":
			failed = append(failed, name)
		}
	}
	parent := func(name string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return strings.HasPrefix(other, name+"/") })
	}
	passed, failed = slices.DeleteFunc(passed, parent), slices.DeleteFunc(failed, parent)
	switch {
	case len(failed) > 0:
		return "", fmt.Errorf("%d of %d cases failed: %s", len(failed), len(failed)+len(passed), strings.Join(failed, "; "))
	case failure != nil:
		return "", fmt.Errorf("%w\n%s", failure, private.LastLines([]byte(out), 20))
	case len(passed) == 0:
		return "", errors.New("no case ran")
	}
	return fmt.Sprintf("%d", len(passed)), nil
}
