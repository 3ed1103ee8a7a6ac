// The features of SQLite that real databases need, which every kind of build must have.

package sqlite_test

import (
	"context"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestFeaturesThatRealDatabasesNeed(t *testing.T) {
	path := file(t,
		"create table t(id integer primary key, v real, root real generated always as (sqrt(v)) stored, up real generated always as (ceil(v)) virtual)",
		"create index of_logs on t(ln(v))",
		"insert into t(v) values (2.25), (9)",
		"create virtual table notes using fts5(title, body)",
		"insert into notes values ('tea', 'green and black'), ('coffee', 'black only')",
		"create virtual table words using fts5vocab(notes, row)",
		"create virtual table old using fts4(body)",
		"insert into old values ('green tea')",
		"create virtual table places using rtree(id, x0, x1, y0, y1)",
		"insert into places values (1, 0, 2, 0, 2), (2, 5, 6, 5, 6)",
		"create virtual table shapes using geopoly(name)",
		"insert into shapes(name, _shape) values ('square', '[[0,0],[1,0],[1,1],[0,1],[0,0]]')",
		"create table named(n text, s text generated always as (soundex(n)) stored)",
		"insert into named(n) values ('Robert')",
		"analyze",
	)
	for _, x := range []struct {
		sql  string
		want []string
	}{
		{"select id, root, up from t", []string{"integer 1|float 1.5|float 3", "integer 2|float 3|float 9"}},
		{"select count(*) from t where ln(v) > 1", []string{"integer 1"}},
		{"select round(pi(), 4), pow(2, 10), floor(-1.5), mod(7, 4), log(100), trunc(2.9)", []string{"float 3.1416|float 1024|float -2|float 3|float 2|float 2"}},
		{"select title from notes where notes match 'green'", []string{"text tea"}},
		{"select title from notes('black') order by rank, rowid", []string{"text coffee", "text tea"}},
		{"select highlight(notes, 1, '[', ']'), bm25(notes) < 0 from notes where notes match 'body:only'", []string{"text black [only]|integer 1"}},
		{"select snippet(notes, 1, '<', '>', '…', 2) from notes('green')", []string{"text <green> and…"}},
		{"select term, doc from words where term = 'black'", []string{"text black|integer 2"}},
		{"select body from old where old match 'green'", []string{"text green tea"}},
		{"select id from places where x0 >= 4", []string{"integer 2"}},
		{"select name, geopoly_area(_shape) from shapes where geopoly_overlap(_shape, '[[0.5,0.5],[2,0.5],[2,2],[0.5,0.5]]')", []string{"text square|float 1"}},
		{"select s from named", []string{"text R163"}},
		{"select percentile(v, 50), median(v) from t", []string{"float 5.625|float 5.625"}},
		{"select name, sum(ncell) from dbstat where name = 't' group by name", []string{"text t|integer 2"}},
		{"select count(*) > 5, sum(pgsize) = (select page_count * page_size from pragma_page_count, pragma_page_size) from dbstat", []string{"integer 1|integer 1"}},
		{"select count(*) from sqlite_stat4 where tbl = 't'", []string{"integer 2"}},
	} {
		query(t, path, x.sql).want(t, x.want...)
	}
	r := run(context.Background(), path, driver.Request{SQL: "select count(*) from t", Verify: true})
	if r.err != nil {
		t.Errorf("--verify reports damage: %v", r.err)
	}
	for _, sql := range []string{
		"insert into notes(notes) values ('optimize')",
		"delete from notes",
		"insert into places values (3, 0, 1, 0, 1)",
	} {
		if r := run(context.Background(), path, driver.Request{SQL: sql}); r.err == nil {
			t.Errorf("%s was accepted", sql)
		}
	}
}
