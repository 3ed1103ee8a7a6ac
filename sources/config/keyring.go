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

// fromKeyring returns the entry with the name. Its errors say how an entry is made.
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

// ToKeyring keeps a secret under a name, which ${keyring:NAME} then stands for. It takes
// the place of an entry with this name.
func ToKeyring(name, secret string) error {
	_, err := inTime(func() (string, error) { return "", keyring.Set(keyringService, name, secret) })
	if err != nil {
		return fmt.Errorf("the keyring cannot be written: %w", err)
	}
	return nil
}

// KeepSecret keeps a secret in the keyring under the name, or under one with a number where
// another secret has that, and returns the reference to it.
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

// inTime calls a function of the keyring, which cannot be cancelled.
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

// keyringCommand is the command of the system that makes an entry.
func keyringCommand(name string) string {
	switch runtime.GOOS {
	case "darwin":
		return "security add-generic-password -s " + keyringService + " -a " + name + " -w"
	case "windows":
		return "cmdkey /generic:" + keyringService + ":" + name + " /user:" + name + " /pass"
	}
	return "secret-tool store --label=" + name + " service " + keyringService + " username " + name
}
