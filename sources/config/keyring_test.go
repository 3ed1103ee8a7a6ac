package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

func TestAKeyringHoldsPasswords(t *testing.T) {
	keyring.MockInit()
	if err := ToKeyring("shops/eu", `p@ss:w/%rd`); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"postgres://reader:${keyring:shops/eu}@eu.db/shop": "postgres://reader:p%40ss%3Aw%2F%25rd@eu.db/shop",
		"postgres://reader:${keyring:missing}@eu.db/shop":  "${keyring:missing}: the keyring has no entry of fanql with this name: ",
		"postgres://reader:${keyring:}@eu.db/shop":         "${keyring:} needs a name of letters, digits, _ - . and /, such as ${keyring:shop}",
		"postgres://reader:${keyring:a b}@eu.db/shop":      "${keyring:} needs a name of letters",
		"postgres://reader:${keychain:a}@eu.db/shop":       "${ begins a reference, ${env:NAME}, ${file:PATH} or ${keyring:NAME}: write %24{",
	} {
		s := Source{URL: text, Kind: known[0]}
		got, err := s.Expand(known, func(string) string { return "" })
		if err != nil && !strings.HasPrefix(err.Error(), want) || err == nil && got.URL != want {
			t.Errorf("%s: %q, %v; want %q", text, got.URL, err, want)
		}
	}
	c := Config{Dialects: known, Sources: []Source{{URL: "postgres://a:${keyring:shops/eu}@h/d"}}}
	if names := c.Withheld(); slices.Contains(names, "shops/eu") {
		t.Errorf("variables are withheld: %v", names)
	}
}

func TestABrokenKeyringIsReported(t *testing.T) {
	keyring.MockInitWithError(errors.New("no session bus"))
	t.Cleanup(keyring.MockInit)
	if _, err := fromKeyring("eu"); err == nil || err.Error() != "the keyring cannot be read: no session bus" {
		t.Error(err)
	}
	if err := ToKeyring("eu", "x"); err == nil || err.Error() != "the keyring cannot be written: no session bus" {
		t.Error(err)
	}
}

func TestAKeyringThatDoesNotAnswerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		defer close(answer)
		began := time.Now()
		_, err := inTime(func() (string, error) { <-answer; return "", nil })
		if err == nil || time.Since(began) != keyringTimeout {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
