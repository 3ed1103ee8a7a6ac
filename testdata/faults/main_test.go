// How much is tried, and that nothing is left at the end.

package faults_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// thorough says that a cut at every byte and every deadline is tried.
var thorough = os.Getenv("FANQL_FAULTS") == "all"

func TestMain(m *testing.M) {
	// The first file that is waited for opens descriptors which stay, so they are there before
	// any are counted.
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	_, _ = r.Close(), w.Close()
	goleak.VerifyTestMain(m)
}
