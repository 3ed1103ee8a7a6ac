// A config that another program changes while it is edited.

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/fanql/fanql/sources/config"
)

func TestAConfigThatChangedMeanwhileIsNotOverwritten(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("FANQL_CONFIG", "")
	const theirs = "sources: {eu: eu.db, us: us.db}\n"
	mustAll(t, os.WriteFile("fanql.yaml", []byte("sources: {eu: eu.db}\n"), 0o600))
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: &out, getenv: os.Getenv}
	err := a.editSources(t.Context(), "done", func(e *config.Editor) ([]string, error) {
		mustAll(t, os.WriteFile("fanql.yaml", []byte(theirs), 0o600))
		return nil, e.Add("x", "x.db", nil)
	})
	if err == nil || !strings.HasPrefix(err.Error(), "fanql.yaml was changed just now by another program") || out.Len() > 0 {
		t.Errorf("%v, %s", err, out.String())
	}
	text, err := os.ReadFile("fanql.yaml")
	files, errFiles := os.ReadDir(".")
	mustAll(t, err, errFiles)
	if string(text) != theirs || len(files) != 1 {
		t.Errorf("%q, %v", text, files)
	}
}

func TestSourcesThatAreAddedAtOnceAreAllThere(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("FANQL_CONFIG", "")
	mustAll(t, os.WriteFile("fanql.yaml", []byte("sources: {eu: eu.db}\n"), 0o600))
	const many = 8
	var added sync.WaitGroup
	for i := range many {
		added.Go(func() {
			var out bytes.Buffer
			a := &app{stdout: &out, stderr: &out, getenv: os.Getenv}
			err := a.editSources(t.Context(), "done", func(e *config.Editor) ([]string, error) {
				return nil, e.Add(fmt.Sprintf("new-%d", i), "new.db", nil)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	added.Wait()
	text, err := os.ReadFile("fanql.yaml")
	files, errFiles := os.ReadDir(".")
	mustAll(t, err, errFiles)
	if n := strings.Count(string(text), "new-"); n != many || len(files) != 1 {
		t.Errorf("%d of %d are there: %s\n%v", n, many, text, files)
	}
}
