// What the SQL cannot do: read or write files, load code, use the network, or change
// that.

package reduce

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

func TestTheSQLReachesNothingButTheRows(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\nsecret,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"from read_csv('FILE')", "from read_csv_auto('FILE')", "from 'FILE'", "from read_text('FILE')", "from read_blob('FILE')",
		"from read_json('FILE')", "from read_json_auto('FILE')", "from read_json_objects('FILE')", "from read_ndjson('FILE')",
		"from read_parquet('FILE')", "from parquet_scan('FILE')", "from parquet_metadata('FILE')", "from sniff_csv('FILE')",
		"from read_duckdb('FILE')", "from glob('DIR/*')", "from query('from read_csv(''FILE'')')",
		"select (select content from read_text('FILE'))", "with a as (from read_text('FILE')) from a", "summarize 'FILE'", "describe 'FILE'",
		"from json_execute_serialized_sql(json_serialize_sql('from read_text(''FILE'')'))",
		"copy (select 1) to 'DIR/out'", "copy rows to 'DIR/out'", "copy rows from 'FILE'", "export database 'DIR/out'", "import database 'DIR'",
		"attach 'DIR/out.db'", "attach ':memory:' as m", "install httpfs", "load httpfs", "load 'FILE'", "install 'FILE'",
		"from 'https://example.com/x.csv'", "from read_csv('https://example.com/x.csv')", "from read_parquet('s3://bucket/x.parquet')",
		"set memory_limit = '1GB'", "set enable_external_access = true", "reset memory_limit", "pragma memory_limit = '1GB'",
		"set threads = 1", "set global temp_directory = 'DIR'", "pragma enable_profiling", "select getenv('HOME')", "create table a (b int)",
		"create secret (type http)", "insert into fanql.t0 values ('eu', 1)", "drop view rows", "delete from fanql.t0", "use fanql",
		"call enable_logging()", "prepare a as select 1", "begin", "checkpoint", "vacuum", "explain analyze select 1",
		"from enable_logging(storage = 'file', storage_path = 'DIR/out')",
		"from enable_profiling(save_location = 'DIR/out')", "from duckdb_extensions()",
	} {
		text := strings.NewReplacer("FILE", secret, "DIR", dir).Replace(sql)
		r := reduced(t, text, 1, one("eu", row.Int))
		for _, line := range r.lines {
			if strings.Contains(line, "secret") {
				t.Errorf("%q shows the file", sql)
			}
		}
		if r.err == nil && !strings.Contains(sql, "enable_logging") {
			t.Errorf("%q is accepted: %v", sql, r.lines)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 {
			t.Errorf("%q has left the files %v (%v)", sql, left, err)
			_ = os.Remove(filepath.Join(dir, "out"))
		}
	}
}
