// Which SQL is accepted, and which is rejected.

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

func TestAPivotListsItsValues(t *testing.T) {
	e := opened(t, Options{})
	for _, sql := range []string{"PIVOT rows ON source USING count(*)", "with p as (pivot rows on source using count(*)) from p"} {
		wantError(t, e.Check(sql), "a PIVOT lists its values")
	}
	if err := e.Check("pivot rows on source in ('eu') using count(*)"); err != nil {
		t.Error(err)
	}
}
