// Passwords with an unescaped & or blank, so that the rest looks like a parameter. Neither
// fanql nor the server may quote it.

package postgres

import (
	"strings"
	"testing"
)

func TestHostileAPartOfAPasswordIsNotAParameter(t *testing.T) {
	for _, text := range []string{
		"postgres://h/db?user=u&password=a&S3CR3T=1", "postgres://h/db?password=a&S3CR3T", "postgres://h/db?password=a&s3cr3t.x=1",
		"postgres://h/db?sslpassword=a&S3CR3T&sslmode=disable", "host=h password=a S3CR3T=1", "host=h password=a s3cr3t = 1", "password='a' s3cr3t=b host=h",
	} {
		_, err := parse(text, environment(), new(configs))
		if err == nil || strings.Contains(strings.ToLower(err.Error()), "s3cr3t") || !strings.Contains(err.Error(), "is not known") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"postgres://h/db?password=a&search_path=x&sslmode=disable&timezone=UTC&statement_timeout=5", "host=h password=a search_path=x role=r sslmode=disable",
		"postgres://h/db?my.setting=1&password=a&sslmode=disable",
	} {
		if _, err := parse(text, environment(), new(configs)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
