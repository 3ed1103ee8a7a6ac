// Sizes as users write them.

package main

import (
	"strings"
	"testing"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "1048576": 1 << 20, "512b": 512, "16KiB": 16 << 10, "256MiB": 256 << 20, "1GiB": 1 << 30, "2TiB": 2 << 40,
		"1KB": 1e3, "500MB": 5e8, "1GB": 1e9, "3tb": 3e12, " 256 mib ": 256 << 20, "9007199254740993": 9007199254740993,
		"4611686018427387904": 1 << 62, "1.5GiB": 3 << 29, "64k": 64e3, "64Ki": 64 << 10,
	} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "is not a size", "lots": "is not a size", "0": "is not a size", "-1": "is not a size", "0MiB": "is not a size", "1,5GB": "is not a size",
		"1,000": "is not a size", "MiB": "is not a size", "1e6": "is not a size", "1..5MiB": "is not a size", "1.2.3MiB": "is not a size", "1 2": "is not a size", "12 parsecs": "is not a size", "٣MiB": "is not a size",
		"4611686018427387905": "is more than can be counted", "9223372036854775808": "is more than can be counted", "99999999999999999999999": "is more than can be counted", "99999999TiB": "is more than can be counted",
	} {
		if got, err := parseSize(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}
