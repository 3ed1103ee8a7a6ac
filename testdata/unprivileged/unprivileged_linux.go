// Package unprivileged lets tests run with the rights of an ordinary user, even if root runs them.
package unprivileged

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Thread removes the capabilities by which root ignores the permissions of files from the thread of
// the test, until the test ends. Other goroutines of the test keep the capabilities.
func Thread(t testing.TB) {
	t.Helper()
	runtime.LockOSThread()
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var had [2]unix.CapUserData
	if err := unix.Capget(&head, &had[0]); err != nil {
		t.Fatal(err)
	}
	none := had
	none[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_FOWNER
	if err := unix.Capset(&head, &none[0]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Capset(&head, &had[0]); err != nil {
			t.Error(err) // the thread ends with the test
			return
		}
		runtime.UnlockOSThread()
	})
}
