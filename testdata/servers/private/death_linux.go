// On Linux a child ends with this process.
package private

import "syscall"

// signalOnDeath makes the kernel send sig to the child when the thread that starts it ends. The
// thread ends with this process at the latest.
func signalOnDeath(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
