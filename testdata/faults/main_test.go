// How much is tried, and that nothing is left at the end.

package faults_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// thorough says that a cut at every byte and every deadline is tried.
var thorough = os.Getenv("FANQL_FAULTS") == "all"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
