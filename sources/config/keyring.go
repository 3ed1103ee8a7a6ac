// The keyring of the user's desktop: the Secret Service of Linux, the Keychain of macOS,
// the Credential Manager of Windows.

package config

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

// keyringService is the name under which all entries of fanql are kept.
const keyringService = "fanql"

// keyringTimeout bounds how long a keyring may take: it may ask its user to unlock it.
const keyringTimeout = 60 * time.Second

// fromKeyring returns the entry with the name. Its errors say how to make an entry.
func fromKeyring(name string) (string, error) {
	value, err := inTime(func() (string, error) { return keyring.Get(keyringService, name) })
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return "", fmt.Errorf("the keyring has no entry of fanql with this name: %s", keyringCommand(name))
	case err != nil:
		return "", fmt.Errorf("the keyring cannot be read: %w", err)
	case value == "":
		return "", errors.New("the entry is empty")
	}
	return value, nil
}

// ToKeyring stores a secret under a name, so that ${keyring:NAME} stands for it. It
// replaces an entry with the same name.
func ToKeyring(name, secret string) error {
	_, err := inTime(func() (string, error) { return "", keyring.Set(keyringService, name, secret) })
	if err != nil {
		return fmt.Errorf("the keyring cannot be written: %w", err)
	}
	return nil
}

// KeepSecret stores a secret in the keyring under the name, or, if another secret has that
// name, under the name with a number. It returns the reference to it.
func KeepSecret(name, secret string) (reference string, err error) {
	own := name
	for n := 2; ; n++ {
		was, err := inTime(func() (string, error) { return keyring.Get(keyringService, own) })
		if errors.Is(err, keyring.ErrNotFound) || err == nil && was == secret {
			break
		}
		if err != nil {
			return "", fmt.Errorf("the keyring cannot be read: %w", err)
		}
		own = fmt.Sprintf("%s-%d", name, n)
	}
	return "${keyring:" + own + "}", ToKeyring(own, secret)
}

// inTime calls a function of the keyring and waits at most keyringTimeout, because the
// function cannot be cancelled.
func inTime(call func() (string, error)) (string, error) {
	type result struct {
		value string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := call()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-time.After(keyringTimeout):
		return "", fmt.Errorf("no answer within %s", keyringTimeout)
	}
}

// keyringCommand returns the system's command that makes an entry.
func keyringCommand(name string) string {
	switch runtime.GOOS {
	case "darwin":
		return "security add-generic-password -s " + keyringService + " -a " + name + " -w"
	case "windows":
		return "cmdkey /generic:" + keyringService + ":" + name + " /user:" + name + " /pass"
	}
	return "secret-tool store --label=" + name + " service " + keyringService + " username " + name
}
