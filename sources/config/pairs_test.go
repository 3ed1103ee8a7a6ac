package config

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/postgres"
)

func TestConnectionStringsAreSources(t *testing.T) {
	for text, want := range map[string]string{
		"host=db.example user=u dbname=shop":                     "shop@db.example db.example/shop",
		"host=db.example port=5433 password=hunter2 dbname=shop": "shop@db.example db.example:5433/shop",
		"dbname='my shop' host='db.example' password='hunter 2'": "my_shop@db.example db.example/my shop",
		"service=shop": "local ",
		"host=/run/pg dbname=shop password = 'hunter2'":               "shop@local /run/pg/shop",
		"postgres://u:hunter2@%2Ftmp%2Fsock/shop":                     "shop@local %2Ftmp%2Fsock/shop",
		"host=db.example user=u dbname=shop password=${env:HUNTER2}":  "shop@db.example db.example/shop",
		"live=host=db.example user=u dbname=shop password=hunter2":    "live db.example/shop",
		"user=reader dbname=shop hostaddr=10.0.0.1 password=hunter2x": "shop@10.0.0.1 10.0.0.1/shop",
	} {
		list, err := blank().Resolve([]string{text})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s := list[0]
		if got := s.Name + " " + kinds(known).redacted(s.URL); got != want || s.Kind != postgres.Dialect {
			t.Errorf("%s: got %q of kind %s, want %q", text, got, s.Kind, want)
		}
		if hunted := strings.Contains(strings.ToLower(text), "hunter"); hunted != hasPassword(s.URL) {
			t.Errorf("%s: it has a password: %v", text, hasPassword(s.URL))
		}
	}
	for _, text := range []string{"host=shop.db", "host=sqlite:x.db", "user=postgres://h/d", "x=1 y=2", "host='x", "host=x hunter2"} {
		if kinds(known).isConnectionString(text) {
			t.Errorf("%s is taken for a connection string", text)
		}
	}
}

func TestAReferenceInAConnectionString(t *testing.T) {
	values := map[string]string{"PW": `it's a \ word`, "HOST": "db.example"}
	list, err := blank().Resolve([]string{"host=${env:HOST} dbname=shop password=${env:PW}", "q=host=h dbname=shop password='a${env:PW}'"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`host=db.example dbname=shop password=it\'s\ a\ \\\ word`, `host=h dbname=shop password='ait\'s\ a\ \\\ word'`} {
		x, err := list[i].Expand(known, func(name string) string { return values[name] })
		if err != nil || x.URL != want || x.Kind != postgres.Dialect {
			t.Errorf("got %s, %v, want %s", x.URL, err, want)
		}
	}
}
