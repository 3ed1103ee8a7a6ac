// How much is tried, and that nothing is left in the end.

package faults_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// thorough is whether every byte is cut at and every deadline tried.
var thorough = os.Getenv("FANQL_FAULTS") == "all"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
