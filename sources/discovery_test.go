// Lists of databases: if a database that can list them fails, the next is used. If no list
// can be read, there is a missing source.

package sources

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// listing is a source that sends names, or fails.
type listing struct {
	names []string
	err   error
}

func (listing) Name() string  { return "listing" }
func (listing) Place() string { return "" }

func (l listing) Run(_ context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	if l.err != nil {
		return driver.Answer{}, l.err
	}
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "datname", Type: row.Text}}})
	for _, name := range l.names {
		b.TextString(name)
		b.EndRow()
	}
	return driver.Answer{}, emit(b)
}

// drop releases a batch.
func drop(b *row.Batch) error {
	b.Release()
	return nil
}

// pattern returns a source whose URL has a pattern.
func pattern(t *testing.T, url string) config.Source {
	t.Helper()
	c := &config.Config{Dialects: Dialects}
	chosen, err := c.Resolve([]string{"shops=" + url})
	if err != nil || len(chosen) != 1 || chosen[0].Discovery == nil {
		t.Fatalf("%v, %v", chosen, err)
	}
	return chosen[0]
}

func TestTheNextDatabaseIsUsedIfOneFails(t *testing.T) {
	refused := func(code string) listing {
		return listing{err: &driver.Error{Phase: driver.Auth, Code: code, Err: errors.New("refused with " + code)}}
	}
	good := listing{names: []string{"shop_b", "postgres", "shop_a"}}
	for name, c := range map[string]struct {
		asked []listing
		want  string // the names found, or the error
	}{
		"the first answers":        {[]listing{good, refused("28P01")}, "shops/shop_a shops/shop_b"},
		"there is no such":         {[]listing{refused("3D000"), good}, "shops/shop_a shops/shop_b"},
		"no CONNECT":               {[]listing{refused("42501"), good}, "shops/shop_a shops/shop_b"},
		"a wrong password":         {[]listing{refused("28P01"), good}, "refused with 28P01"},
		"none":                     {[]listing{refused("3D000"), refused("42501")}, "refused with 3D000"},
		"one that is not reached":  {[]listing{{err: &driver.Error{Phase: driver.Connect, Err: errors.New("refused")}}, good}, "refused"},
		"nothing that is of use":   {[]listing{{names: []string{"other"}}}, `no database matches "shop_*", among those that this account may use`},
		"a list without any names": {[]listing{{}}, `no database matches "shop_*", among those that this account may use`},
	} {
		f := Find(&config.Config{Dialects: Dialects}, pattern(t, "postgres://u@h/shop_*"), os.Getenv)
		f.candidates = nil
		for _, l := range c.asked {
			f.candidates = append(f.candidates, Opened{Source: l})
		}
		var got string
		_, err := f.Run(context.Background(), driver.Request{}, new(driver.Progress), drop)
		if err == nil {
			var found []config.Source
			found, err = f.Found()
			var names []string
			for _, s := range found {
				names = append(names, s.Name)
			}
			got = strings.Join(names, " ")
		}
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestAListThatWasReadTwiceCountsOnce(t *testing.T) {
	f := Find(&config.Config{Dialects: Dialects}, pattern(t, "mysql://u@h/shop_*"), os.Getenv)
	f.candidates = []Opened{{Source: listing{names: []string{"shop_a"}}}}
	for range 2 { // twice, as in a retry after a broken connection
		if _, err := f.Run(context.Background(), driver.Request{}, new(driver.Progress), drop); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := f.Found(); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestAMissingDiscoveryIsNotASourceThatCannotBeOpened(t *testing.T) {
	s := pattern(t, "postgres://u@h/shop_*")
	opened := Open([]config.Source{s}, os.Getenv)
	if _, missing := errors.AsType[*Missing](opened[0].Err); !missing || NoneOpened(opened) != nil {
		t.Errorf("%+v", opened[0])
	}
	failed := *s.Discovery
	failed.Err, s.Discovery = &driver.Error{Phase: driver.Connect, Code: "x", Err: errors.New("refused")}, &failed
	opened = Open([]config.Source{s}, os.Getenv)
	_, err := opened[0].Run(context.Background(), driver.Request{}, new(driver.Progress), drop)
	if e, ok := errors.AsType[*driver.Error](err); !ok || e.Phase != driver.Connect || e.Code != "x" || NoneOpened(opened) != nil {
		t.Errorf("%v", err)
	}
	none := *s.Discovery
	none.Err, s.Discovery = config.Nothing("no database matches"), &none
	if err := NoneOpened(Open([]config.Source{s}, os.Getenv)); err == nil || err.Error() != "source shops: no database matches" {
		t.Errorf("%v", err)
	}
	if err := NoneOpened(Open([]config.Source{pattern(t, "postgres://u@h/shop_*?sslmode=never")}, os.Getenv)); err == nil || !strings.Contains(err.Error(), "sslmode is not one of") {
		t.Errorf("the error of a wrong URL with a pattern: %v", err)
	}
}
