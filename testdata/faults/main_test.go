// How much is tried, and that nothing is left at the end.

package faults_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// thorough makes the tests cut at every byte and try every deadline.
var thorough = os.Getenv("FANQL_FAULTS") == "all"

func TestMain(m *testing.M) {
	// Go's runtime opens descriptors for the first pipe, and keeps them open. They are opened here,
	// before the tests count descriptors.
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	_, _ = r.Close(), w.Close()
	goleak.VerifyTestMain(m)
}
