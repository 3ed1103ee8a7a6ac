// Advice to cast, with columns as users write them.

package driver

import "testing"

func TestCastAdvice(t *testing.T) {
	postgres := &Dialect{CastForms: map[string]string{"text": "{}::text"}}
	mysql := &Dialect{CastForms: map[string]string{"text": "cast({} as char)"}}
	mysql.Backtick, mysql.DoubleString = true, true
	for _, c := range []struct {
		dialect          *Dialect
		column, to, want string
	}{
		{postgres, "placed_at", "text", "cast it to text in the query, as in placed_at::text"},
		{postgres, "Placed At", "text", `cast it to text in the query, as in "Placed At"::text`},
		{postgres, `a"b`, "text", `cast it to text in the query, as in "a""b"::text`},
		{mysql, "Placed At", "text", "cast it to text in the query, as in cast(`Placed At` as char)"},
		{mysql, "a`b", "text", "cast it to text in the query, as in cast(`a``b` as char)"},
		{postgres, "x", "json", "cast it to json in the query"},
		{nil, "x", "text", "cast it to text in the query"},
	} {
		if got := c.dialect.CastAdvice(c.column, c.to); got != c.want {
			t.Errorf("%q to %s: %s, want %s", c.column, c.to, got, c.want)
		}
	}
}
