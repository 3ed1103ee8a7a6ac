//go:build !unix

package testkit

import "os"

// systemPeak returns 0, since the system does not report a peak.
func systemPeak(*os.ProcessState) int64 { return 0 }
