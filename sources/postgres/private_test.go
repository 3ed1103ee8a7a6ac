// Tests that need their own server: for a hot standby, and for locales that the machine
// lacks.

package postgres

import (
	"crypto/rand"
	"encoding/binary"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testkit"
)

// startServer starts a server in a folder. The server stops at the end of the test.
func startServer(t *testing.T, found private.Programs, dir, password string) *private.Instance {
	t.Helper()
	i, err := private.Begin(t.Context(), private.Postgres, found, dir, password)
	if i != nil {
		t.Cleanup(i.Stop)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// programs returns PostgreSQL's programs, and a new folder for servers.
func programs(t *testing.T) (found private.Programs, dir string) {
	t.Helper()
	for _, bin := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		if whole, _ := filepath.Glob(filepath.Join(bin, "pg_basebackup")); len(whole) > 0 { // PATH may have only some of the programs
			t.Setenv("PATH", filepath.Dir(whole[len(whole)-1])+":"+os.Getenv("PATH"))
		}
	}
	found, ok := private.Postgres.Find()
	if !ok {
		t.Skip("needs PostgreSQL's own programs, including pg_basebackup")
	}
	dir, err := private.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // after the servers have stopped
	return found, dir
}

func TestAHotStandby(t *testing.T) {
	found, dir := programs(t)
	password := rand.Text()
	primary := startServer(t, found, filepath.Join(dir, "primary"), password)
	standby := startServer(t, private.StandbyOf(primary, found), filepath.Join(dir, "standby"), password)
	u, err := url.Parse(primary.URL)
	if err != nil {
		t.Fatal(err)
	}
	const where = "select pg_is_in_recovery(), 'of ' || current_setting('port')"
	port := func(i *private.Instance) string {
		return "of " + i.Address()[strings.LastIndexByte(i.Address(), ':')+1:]
	}
	asked := func(hosts, attrs string) (string, error) {
		t.Helper()
		u.Host = hosts
		o := get(t, with(with(u.String(), "target_session_attrs", attrs), "sslmode", "disable"), where)
		if o.err != nil {
			return "", o.err
		}
		return strings.Join(o.rows[0], " "), nil
	}
	both, reversed := primary.Address()+","+standby.Address(), standby.Address()+","+primary.Address()
	onPrimary, onStandby := "false "+port(primary), "true "+port(standby)
	for _, c := range []struct{ hosts, attrs, want string }{
		{both, "prefer-standby", onStandby},
		{reversed, "prefer-standby", onStandby},
		{both, "standby", onStandby},
		{both, "read-only", onStandby},
		{reversed, "primary", onPrimary},
		{reversed, "read-write", onPrimary},
		{both, "any", onPrimary},
		{reversed, "any", onStandby},
		{primary.Address(), "prefer-standby", onPrimary},
		{testkit.Refusing(t) + "," + primary.Address(), "prefer-standby", onPrimary},
		{primary.Address() + "," + testkit.Refusing(t) + "," + standby.Address(), "prefer-standby", onStandby},
	} {
		if got, err := asked(c.hosts, c.attrs); err != nil || got != c.want {
			t.Errorf("%s of %s: got %s, %v, want %s", c.attrs, strings.ReplaceAll(c.hosts, standby.Address(), "standby"), got, err, c.want)
		}
	}
	if _, err := asked(primary.Address(), "standby"); err == nil || !strings.HasSuffix(err.Error(), ": server is not in hot standby mode") {
		t.Errorf("a standby is required, and there is none: %v", err)
	}
	u.Host = standby.Address()
	o := get(t, u.String(), manyValues)
	if o.err != nil || o.answer.Warnings != nil {
		t.Errorf("values of a standby: %v, %q", o.err, o.answer.Warnings)
	}
	if o := runAndCancel(t, open(t, u.String()), request("select pg_sleep(60)"), "the query runs", func() bool { return one(t, u.String(), running) == "1" }); o.answer.Cancel != driver.Confirmed {
		t.Errorf("a cancel on a standby: %v, %q", o.err, o.answer.Cancel)
	}
}

// madeLocale creates a locale from glibc's C.utf8. Its amounts of money have the given
// number of decimals, and it has these strings: 1 is the currency, 2 the decimal point, and
// 3 the separator of thousands.
func madeLocale(t *testing.T, dir string, decimals byte, texts map[int]string) {
	t.Helper()
	const from = "/usr/lib/locale/C.utf8"
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Skipf("this system does not have glibc's locale C.utf8: %v", err)
	}
	file := filepath.Join(dir, "LC_MONETARY")
	money, err := os.ReadFile(file)
	if err != nil || len(money) < 100 {
		t.Skipf("LC_MONETARY is not of the known form: %v", err)
	}
	// The file has a magic number, the number of elements, the offset of each element,
	// and the elements.
	at := func(element int) []byte { return money[8+4*element:] }
	for element, text := range texts {
		binary.LittleEndian.PutUint32(at(element), uint32(len(money)))
		money = append(append(money, text...), 0)
	}
	const fractionDigits = 8
	money[binary.LittleEndian.Uint32(at(fractionDigits))] = decimals
	if err := os.WriteFile(file, money, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), "chmod", "-R", "a+rX", filepath.Dir(dir)).Run(); err != nil {
		t.Fatal(err)
	}
}

// Amounts of money in Japan have no decimals.
func TestMoneyIsOfTheServersLocale(t *testing.T) {
	found, dir := programs(t)
	locales := filepath.Join(dir, "locales")
	if err := os.Mkdir(locales, 0o755); err != nil {
		t.Fatal(err)
	}
	madeLocale(t, filepath.Join(locales, "yen.utf8"), 0, map[int]string{1: "￥"})
	madeLocale(t, filepath.Join(locales, "euro.utf8"), 2, map[int]string{1: "€", 2: ",", 3: "."})
	t.Setenv("LOCPATH", locales)
	server := startServer(t, found, filepath.Join(dir, "primary"), rand.Text())
	for locale, want := range map[string][]string{
		"yen.utf8":  {"￥1,235", "1235", "￥2,470", `{"￥1,235"}`, `("￥1,235")`, "2470"},
		"euro.utf8": {"€12,35", "12.35", "€24,70", `{"€12,35"}`, `("€12,35")`, "24.70"},
		"C":         {"$12.35", "12.35", "$24.70", "{$12.35}", "($12.35)", "24.70"},
	} {
		s := open(t, with(server.URL, "lc_monetary", locale))
		for _, near := range []time.Duration{0, time.Hour} {
			s.near = near
			text := map[string]string{"yen.utf8": "￥1,235", "euro.utf8": "€12,35", "C": "$12.35"}[locale]
			o := runOn(t.Context(), s, request(strings.ReplaceAll("select $m, $m::numeric, $m * 2, array[$m], row($m), (select sum(x) from (values ($m), ($m)) v (x))::numeric", "$m", "'"+text+"'::money")))
			if o.err != nil {
				t.Fatal(o.err)
			}
			if !slices.Equal(o.rows[0], want) {
				t.Errorf("%s: got %q, want %q", locale, o.rows[0], want)
			}
		}
	}
}
