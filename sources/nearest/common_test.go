package nearest

import "testing"

func TestCommonLeavesOutTheNameAlone(t *testing.T) {
	for _, c := range []struct{ text, name, want string }{
		{`database "shop_a" does not exist`, "shops/shop_a", `database "…" does not exist`},
		{"tenants/t100.db: not an SQLite database", "tenants/t100", "tenants/….db: not an SQLite database"},
		{"t1: t1 of t10, at1 and t1_x", "t1", "…: … of t10, at1 and t1_x"},
		{"column a is missing", "a", "column a is missing"},
		{"größe: ö", "x/größe", "…: ö"},
		{"connection refused", "eu", "connection refused"},
		{"", "eu", ""},
	} {
		if got := Common(c.text, c.name); got != c.want {
			t.Errorf("%q of %s is %q, want %q", c.text, c.name, got, c.want)
		}
	}
}
