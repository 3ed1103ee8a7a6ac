//go:build unix

package testkit

import (
	"errors"
	"net"
	"syscall"
	"testing"
)

func TestARefusingPortIsHeld(t *testing.T) {
	address := Refusing(t)
	if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v, %v", c, err)
	}
	if l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("%v, %v", l, err)
	}
}
