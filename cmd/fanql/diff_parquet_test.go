// A saved Parquet file as the baseline.

package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// testdata/saved/types.parquet was written by DuckDB 1.5:
//
//	copy (
//		select 1::bigint as id, true as ok, 10.50::decimal(12,2) as amount, 0.1::double as rate, timestamp '2026-01-31 08:30:00.25' as at, date '2026-01-31' as day, 'a, "b"' as note
//		union all select 2, false, 1.10, null, timestamp '2026-02-01 00:00:00', date '2026-02-01', null
//		union all select 3, null, -0.05, 1e20, null, null, ''
//	) to 'types.parquet' (format parquet)
func TestASavedParquetFileIsABaselineWithTypes(t *testing.T) {
	saved, err := filepath.Abs("../../testdata/saved/types.parquet")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	sqliteExec(t, "lite.db", `create table t (id integer, ok integer, amount real, rate real, at timestamp, day date, note text);
		insert into t values (1, 1, 10.5, 0.1, '2026-01-31 08:30:00.25', '2026-01-31', 'a, "b"'), (2, 0, 1.1, null, '2026-02-01 00:00:00', '2026-02-01', null), (3, null, -0.05, 1e20, null, null, '')`)
	diff := func(args ...string) (status int, stdout, stderr string) {
		var out, errs bytes.Buffer
		status = command(t.Context(), append([]string{"diff", "-s", "lite.db", "--baseline", saved, "--csv", "select * from t"}, args...), strings.NewReader(""), &out, &errs)
		return status, out.String(), errs.String()
	}
	for _, key := range [][]string{{"--key", "id"}, nil} {
		if status, out, errs := diff(key...); status != 0 || !strings.Contains(errs, "lite: same, 3 rows\n") {
			t.Errorf("%v: exit status %d\n%s%s", key, status, out, errs)
		}
	}
	sqliteExec(t, "lite.db", `update t set ok = 1 where id = 2; delete from t where id = 3`)
	status, out, errs := diff("--key", "id")
	want := "source,change,id,column,baseline,value\n" +
		"lite,changed,2,ok,false,1\n" +
		`lite,removed,3,,"{""ok"":null,""amount"":-0.05,""rate"":1e+20,""at"":null,""day"":null,""note"":""""}",` + "\n"
	if status != 4 || out != want {
		t.Errorf("exit status %d\n%s%s", status, out, errs)
	}
	if status, _, errs := diff("-o", saved); status != 2 || !strings.Contains(errs, "would replace the baseline") {
		t.Errorf("exit status %d\n%s", status, errs)
	}
}
