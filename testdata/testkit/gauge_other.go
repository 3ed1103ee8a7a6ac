//go:build !unix

package testkit

import "os"

// systemPeak returns 0: the system does not report it.
func systemPeak(*os.ProcessState) int64 { return 0 }
