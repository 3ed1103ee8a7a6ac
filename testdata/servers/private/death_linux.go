// Ending a child together with this process, on Linux.
package private

import "syscall"

// signalOnDeath makes the kernel send sig to the child when the thread that starts it
// ends, at the latest with this process.
func signalOnDeath(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
