// The tag that marks a run's statements on their servers.

package main

import (
	"crypto/rand"
	"strings"
)

// runTag is unlike that of any other run.
func runTag() string { return strings.ToLower(rand.Text()[:16]) }
