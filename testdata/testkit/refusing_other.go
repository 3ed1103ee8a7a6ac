//go:build !unix

package testkit

import "testing"

// Refusing returns host:port without a listener. Another process may take the port.
func Refusing(t testing.TB) string {
	t.Helper()
	l := Listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}
