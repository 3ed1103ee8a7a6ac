// Package demo writes a folder to try fanql in: a config and four SQLite
// databases with the orders of a small shop. Three answer at once; the fourth,
// an archive, is a view over so heavy a query that it never answers in time.
package demo

import (
	"context"
	"database/sql"
	_ "embed" // the config
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3"
	"github.com/fanql/fanql/sources/trust"
)

// marker is the file that identifies a demo folder.
const marker = ".fanql-demo"

//go:embed fanql.yaml
var config string

// Write fills the folder, and creates it if necessary. Existing files in a folder that
// an earlier call created stay as they are. Any other folder that is not empty is an
// error, and is not touched.
func Write(ctx context.Context, dir string) error {
	if err := claim(dir); err != nil {
		return err
	}
	files := map[string]func(context.Context, *sql.DB) error{"archive.db": archive}
	for i, region := range []string{"north", "south", "west"} {
		files[region+".db"] = func(ctx context.Context, db *sql.DB) error { return orders(ctx, db, uint64(i)) }
	}
	for name, fill := range files {
		if err := database(ctx, filepath.Join(dir, name), fill); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return keep(filepath.Join(dir, "fanql.yaml"), config)
}

// claim creates the folder, or checks that it is ours.
func claim(dir string) error {
	if dir == "" {
		return errors.New("the folder has no name: give one, as in fanql demo my-demo")
	}
	found, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%s is not a folder: name another, as in fanql demo my-demo", dir)
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
	case err != nil:
		return err
	case trust.Owned(dir, "it", "could plant files there") != nil:
		return fmt.Errorf("folder %s: %w: name another, as in fanql demo my-demo", dir, trust.Owned(dir, "it", "could plant files there"))
	case len(found) > 0:
		if _, err := os.Stat(filepath.Join(dir, marker)); err != nil {
			return fmt.Errorf("folder %s is there already and is not a demo's: name another, as in fanql demo my-demo", dir)
		}
	}
	return keep(filepath.Join(dir, marker), "This folder was made by `fanql demo`.\n")
}

// keep writes a file unless it exists.
func keep(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// database creates a SQLite file, completely or not at all, unless it exists.
func database(ctx context.Context, path string, fill func(context.Context, *sql.DB) error) (err error) {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	partial := path + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := sql.Open("sqlite3", "file:"+partial+"?_journal_mode=off&_sync=off")
	if err != nil {
		return err
	}
	if err := errors.Join(fill(ctx, db), db.Close()); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return os.Rename(partial, path)
}

const table = `create table orders (
	id integer primary key, placed_at text not null, customer text not null,
	category text not null, quantity integer not null, amount numeric not null, note text)`

// ordersPerRegion is large enough for realistic sums.
const ordersPerRegion = 4000

var categories = []struct {
	name  string
	price float64
}{{"coffee", 9.80}, {"tea", 6.40}, {"mugs", 14.50}, {"grinders", 89.00}}

var customers = []string{"Ada Lindqvist", "Bola Okafor", "Chiara Rossi", "Dmitri Sokolov", "Emi Tanaka", "Farid Haddad", "Grace O'Brien", "Hugo Muñoz"}

var notes = []any{nil, nil, nil, nil, "gift wrap", "leave at the door", "invoice, please", "call \"before\" 10"}

// orders fills a region's database, with the same rows on every machine.
func orders(ctx context.Context, db *sql.DB, seed uint64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, finish(tx, err)) }()
	if _, err := tx.ExecContext(ctx, table); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "insert into orders values (?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	random := rand.New(rand.NewPCG(2026, seed))
	at := time.Date(2026, 1, 1, 7, 0, 0, 0, time.UTC)
	for id := 1; id <= ordersPerRegion; id++ {
		at = at.Add(time.Duration(random.IntN(10000+400*int(seed))) * time.Second)
		c := categories[random.IntN(len(categories))]
		quantity := 1 + random.IntN(6)
		cents := int64(c.price*100+0.5) * int64(quantity)
		_, err := insert.ExecContext(ctx, id, at.Format(time.DateTime), customers[random.IntN(len(customers))],
			c.name, quantity, float64(cents)/100, notes[random.IntN(len(notes))])
		if err != nil {
			return err
		}
	}
	return nil
}

func finish(tx *sql.Tx, err error) error {
	if err != nil {
		return tx.Rollback()
	}
	return tx.Commit()
}

// archive creates a view that looks like the table but counts without end before it
// returns its first row.
func archive(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `create view orders as
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000000)
	select i as id, '2019-12-31 23:59:' || (i % 60) as placed_at, 'nobody' as customer,
		'coffee' as category, 1 as quantity, 9.8 as amount, null as note
	from n where i % 1000000007 = 0`)
	return err
}
