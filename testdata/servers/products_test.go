package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/servers/private"
)

func TestWhatCanBeFetchedIsAndTheRestIsMissing(t *testing.T) {
	broken := errors.New("the line broke")
	fetched := private.Proxy{Program: "/fetched"} // it replaces the programs of any product
	here := map[string]private.Programs{}
	left, err := fetch(t.Context(), here, []private.Product{
		{Name: "A", Fetch: func(context.Context) (private.Programs, error) { return fetched, nil }},
		{Name: "B", Fetch: func(context.Context) (private.Programs, error) { return nil, broken }},
		{Name: "C"},
	})
	if len(here) != 1 || here["A"] == nil {
		t.Errorf("found are %v", here)
	}
	if len(left) != 2 || left[0].Name != "B" || left[1].Name != "C" || !errors.Is(err, broken) {
		t.Errorf("left are %v: %v", left, err)
	}
	advice := advice(left, err)
	for _, want := range []string{"no B and no C on this machine", "the line broke", "FANQL_TEST_MYSQL", "FANQL_TEST_MARIADB"} {
		if !strings.Contains(advice, want) {
			t.Errorf("%q is not in\n%s", want, advice)
		}
	}
}

func TestAdviceNamesThePackagesThatThereAre(t *testing.T) {
	got := advice([]private.Product{private.MySQL, private.MariaDB}, nil)
	if !strings.Contains(got, "apt-get install mariadb-server-core\n") || strings.Contains(got, "fetching") {
		t.Errorf("got\n%s", got)
	}
	if got := advice([]private.Product{private.MySQL}, nil); strings.Contains(got, "apt-get") {
		t.Errorf("no package of MySQL can be installed:\n%s", got)
	}
}
