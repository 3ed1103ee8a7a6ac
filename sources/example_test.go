package sources_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	_ "github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// A whole query: sources are selected and opened, the text is bound for each, all are
// queried at the same time, and their rows become one result.
func Example() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	shop(filepath.Join(folder, "eu.db"), "('north', 7), ('south', 20)")
	shop(filepath.Join(folder, "us.db"), "('west', 40)")

	c := &config.Config{Dialects: sources.Dialects}
	chosen, err := c.Resolve([]string{"eu=sqlite:" + folder + "/eu.db", "us=sqlite:" + folder + "/us.db"})
	if err != nil {
		log.Fatal(err)
	}
	q := statement.Query{Text: "select region, amount from orders where amount > :least"}
	values, err := statement.ParseValues([]string{"least:int=10"})
	if err != nil {
		log.Fatal(err)
	}

	var tasks []query.Task
	run := merge.Run{SourceColumn: "source"}
	for _, s := range sources.Open(chosen, os.Getenv) {
		request, err := q.Bind(s.Name(), s.Kind, driver.Modes{}, values)
		if err != nil {
			log.Fatal(err)
		}
		tasks, run.Sources = append(tasks, query.Task{Source: s, Request: request}), append(run.Sources, s.Name())
	}
	summary := query.NewSummary(tasks)
	run.Notes = summary

	arrivals := query.Dispatch(context.Background(), tasks, query.Options{Timeout: 10 * time.Second, Ended: summary.Ended})
	err = merge.InSourceOrder{}.Merge(run, arrivals, func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			for n, cell := range b.Row(i) {
				if n > 0 {
					fmt.Print(", ")
				}
				fmt.Print(string(b.AppendText(nil, cell)))
			}
			fmt.Println()
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("complete:", summary.Complete())
	// Output:
	// eu, south, 20
	// us, west, 40
	// complete: true
}

// shop creates a database.
func shop(path, orders string) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec("create table orders (region text, amount integer); insert into orders values " + orders); err != nil {
		log.Fatal(err)
	}
	if err := db.Close(); err != nil {
		log.Fatal(err)
	}
}
