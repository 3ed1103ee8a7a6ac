// What ties a child's life to ours on Linux.
package private

import "syscall"

// signalOnDeath has the kernel send sig to the child when the thread that
// starts it ends, which it does at the latest with this process.
func signalOnDeath(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
