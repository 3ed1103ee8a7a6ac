// fanql init on a terminal, and with a keyring.

package main

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// initScreen starts fanql init on a screen, in a new folder.
func initScreen(t *testing.T, args ...string) (s *testkit.Screen, folder string, wait func(status int)) {
	t.Helper()
	s = testkit.NewScreen(t, 110, 40)
	cmd := program(t, append([]string{"init"}, args...)...)
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "US_PASSWORD=hunter2")
	sqliteExec(t, filepath.Join(cmd.Dir, "eu.db"), "create table o (id integer)")
	s.Start(t, cmd)
	return s, cmd.Dir, func(status int) {
		t.Helper()
		wantStatus(t, cmd, status, s)
	}
}

func TestInitAsksOnATerminal(t *testing.T) {
	t.Parallel()
	s, folder, wait := initScreen(t)
	for _, step := range [][2]string{
		{"Database 1:", "eu.dbx\n"},
		{`"eu.dbx" is neither a database URL nor`, "eu.db\n"},
		{"Its name [eu]:", "a b\n"},
		{`source "a b": a name has`, "\n"},
		{"Database 2:", "postgres://reader@127.0.0.1:1/shop\n"},
		{"Its name [shop]:", "eu\n"},
		{"two sources are called eu", "us\n"},
		{"Its password (not shown; empty for none):", "hunter2\n"},
		{"Database 3:", "\n"},
		{"Not all of them answer. Write fanql.yaml all the same? [Y/n]:", "y\n"},
		{"Where: keyring, environment, file [keyring]:", "\n"},
		{"the keyring cannot be read", ""},
		{"Where: environment, file [environment]:", "e\n"},
		{"Set US_PASSWORD before fanql is run: it is the password of us.", ""},
		{"wrote fanql.yaml", ""},
	} {
		s.Await(t, step[0])
		s.Type(t, step[1])
	}
	wait(3)
	text, err := os.ReadFile(filepath.Join(folder, "fanql.yaml"))
	if err != nil || !strings.Contains(string(text), "\n  eu: eu.db\n  us: postgres://reader:${env:US_PASSWORD}@127.0.0.1:1/shop\n") {
		t.Errorf("%v\n%s", err, text)
	}
	if strings.Contains(s.Written(), "hunter2") {
		t.Errorf("the password was shown:\n%s", s.Written())
	}
}

func TestInitIsLeftWithoutATrace(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		steps  [][2]string
		status int
		ends   string
	}{
		"Ctrl-C at a prompt":        {[][2]string{{"Database 1:", "\x03"}}, 130, "fanql: interrupted: nothing was written"},
		"Ctrl-C at the password":    {[][2]string{{"Database 1:", "mysql://u@h/d\n"}, {"Its name", "\n"}, {"Its password", "hunter2\x03"}}, 130, "fanql: interrupted: nothing was written"},
		"Ctrl-D at once":            {[][2]string{{"Database 1:", "\x04"}}, 2, "fanql: no database was named: nothing was written"},
		"Ctrl-D in the middle":      {[][2]string{{"Database 1:", "eu.db\n"}, {"Its name", "\x04"}}, 2, "fanql: the input ended: nothing was written"},
		"no":                        {[][2]string{{"Database 1:", "postgres://127.0.0.1:1/x\n"}, {"Its name", "\n"}, {"Database 2:", "\n"}, {"all the same?", "n\n"}}, 2, "fanql: nothing was written"},
		"Ctrl-C at the last prompt": {[][2]string{{"Database 1:", "postgres://127.0.0.1:1/x\n"}, {"Its name", "\n"}, {"Database 2:", "\n"}, {"all the same?", "\x03"}}, 130, "fanql: interrupted: nothing was written"},
	} {
		s, folder, wait := initScreen(t)
		for _, step := range c.steps {
			s.Await(t, step[0])
			s.Type(t, step[1])
		}
		wait(c.status)
		s.Await(t, c.ends)
		files, err := os.ReadDir(folder)
		files = slices.DeleteFunc(files, func(f os.DirEntry) bool { return f.Name() == "eu.db" || f.Name() == "fanql" })
		if err != nil || len(files) > 0 {
			t.Errorf("%s: left %v, %v", what, files, err)
		}
		if strings.Contains(s.Written(), "hunter2") {
			t.Errorf("%s: the password was shown", what)
		}
	}
}

// The keyring gets the password, and the config gets a reference to it. An entry of another
// folder's config does not change.
func TestInitKeepsPasswordsInTheKeyring(t *testing.T) {
	keyring.MockInit()
	folder := filepath.Join(t.TempDir(), "my shops")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := keyring.Set("fanql", "myshops/eu", "another"); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	var stdout, stderr bytes.Buffer
	args := []string{"init", "--keyring", "--offline", "eu=postgres://u:p%40ss@h/d", "host=h user=u dbname=x password='it\\'s'"}
	if status := command(t.Context(), args, strings.NewReader(""), &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	text, err := os.ReadFile("fanql.yaml")
	if err != nil || !strings.Contains(string(text), "  eu: postgres://u:${keyring:myshops/eu-2}@h/d\n  x: \"host=h user=u dbname=x password='${keyring:myshops/x}'\"\n") {
		t.Errorf("%v\n%s", err, text)
	}
	for name, want := range map[string]string{"myshops/eu": "another", "myshops/eu-2": "p@ss", "myshops/x": "it's"} {
		if got, err := keyring.Get("fanql", name); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if info, err := os.Stat("fanql.yaml"); err != nil || info.Mode().Perm()&0o044 == 0 && os.Getuid() == 0 {
		t.Errorf("a file without a password is private: %v, %v", info.Mode(), err)
	}
}

// After a wrong password only the password is asked for once more. The config then holds the right
// passwords, and only its owner can read it.
func TestInitAsksAgainForAPasswordThatIsRefused(t *testing.T) {
	t.Parallel()
	pg, ma := testdb.Postgres(t), testdb.MariaDB(t)
	bare := func(db testdb.DB) (location, secret string) {
		u, err := url.Parse(db.URL)
		if err != nil {
			t.Fatal(err)
		}
		secret, _ = u.User.Password()
		u.User = url.User(u.User.Username())
		return u.String(), secret
	}
	pgURL, pgSecret := bare(pg)
	maURL, maSecret := bare(ma)
	s, folder, wait := initScreen(t)
	asked := map[string]int{}
	for _, step := range [][2]string{
		{"Database 1:", pgURL + "\n"},
		{"Its name [", "eu\n"},
		{"Its password (not shown; empty for none):", "mistyped\n"},
		{"Database 2:", maURL + "\n"},
		{"Its name [", "us\n"},
		{"Its password (not shown; empty for none):", "wr0ng'\n"},
		{"Database 3:", "\n"},
		{"Password of eu, once more (not shown; empty keeps it):", pgSecret + "\n"},
		{"Password of us, once more (not shown; empty keeps it):", "wrong again\n"},
		{"Password of us, once more (not shown; empty keeps it):", maSecret + "\n"},
		{"Where: keyring, environment, file [keyring]:", "file\n"},
		{"wrote fanql.yaml", ""},
	} {
		asked[step[0]]++
		testkit.Eventually(t, eventual, step[0], func() bool { return strings.Count(s.Written(), step[0]) >= asked[step[0]] })
		s.Type(t, step[1])
	}
	wait(0)
	path := filepath.Join(folder, "fanql.yaml")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "\n  eu: "+pg.URL+"\n  us: "+ma.URL+"\n") {
		t.Errorf("%v\n%s", err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of a file with passwords is %v, %v", info.Mode(), err)
	}
	for _, secret := range []string{"mistyped", "wr0ng", "wrong again", pgSecret, maSecret} {
		if strings.Contains(s.Written(), secret) {
			t.Error("a password was shown")
		}
	}
	ping := programAt(t, plainProgram(t), "sources", "ping", "--config", path)
	if out, err := ping.CombinedOutput(); err != nil {
		t.Errorf("the databases cannot be reached with this file: %v\n%s", err, out)
	}
}
