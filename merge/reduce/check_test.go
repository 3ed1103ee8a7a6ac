// Which SQL is taken.

package reduce

import "testing"

func TestSQLWithNumbersBeyondADoubleIsTaken(t *testing.T) {
	e := opened(t, Options{})
	for _, sql := range []string{
		"select 1e400", "select -1e400", `select '"', 1e400, '\', "Infinity" from (select 1e400 as "Infinity")`,
		"select 'NaN'::double, 1e400 -- Infinity", "values (1e400), (-1e400)",
	} {
		if err := e.Check(sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	wantError(t, e.Check("select 1e400; select -1e400"), "one statement")
	wantError(t, e.Check("select 1e400, $1"), "no parameters")
	wantError(t, e.Check("select 1e400 frm x y"), "syntax error")
}
