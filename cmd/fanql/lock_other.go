// Where there is no flock, there is no --lock.

//go:build !unix

package main

import "errors"

func lock(path string) (unlock func() error, _ error) {
	if path != "" {
		return nil, errors.New("--lock: not on this system")
	}
	return func() error { return nil }, nil
}
