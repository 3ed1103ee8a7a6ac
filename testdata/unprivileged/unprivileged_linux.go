// Package unprivileged shows to tests what others than root may do, even if they run as
// root.
package unprivileged

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Thread removes from the test's thread, until the test ends, the capabilities by which
// root ignores the permissions of files. Other goroutines that the test starts keep
// them.
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
			t.Error(err) // and the thread ends with the test
			return
		}
		runtime.UnlockOSThread()
	})
}
