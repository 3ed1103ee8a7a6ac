// Rows that are sent as a file: what a server gets if it asks for another file.

package mysql_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/hostile"
)

// Whichever file a server asks for, and whenever, it gets nothing but the rows. It gets
// them once, in answer to our own statement, and only by the exact name in that statement.
func TestAServerThatAsksForAFileGetsNone(t *testing.T) {
	secret := t.TempDir() + "/secret"
	if err := os.WriteFile(secret, []byte("the content of a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	inLoad := func(other func(name string) string) func(text, name string) (string, bool) {
		asked := false
		return func(_, name string) (string, bool) {
			if name == "" || asked {
				return "", false
			}
			asked = true
			return other(name), true
		}
	}
	inAnswerTo := func(prefix string) func(text, name string) (string, bool) {
		return func(text, name string) (string, bool) {
			if strings.HasPrefix(text, prefix) {
				return secret, true
			}
			return "", false
		}
	}
	atTheCommit := func() func(text, name string) (string, bool) {
		load, commit := inLoad(func(name string) string { return name }), inAnswerTo("COMMIT")
		return func(text, name string) (string, bool) {
			if file, ok := commit(text, name); ok {
				return file, ok
			}
			return load(text, name)
		}
	}
	twice := func(second func(name string) string) func(text, name string) (string, bool) {
		times := 0
		return func(_, name string) (string, bool) {
			if name == "" {
				return "", false
			}
			if times++; times == 1 {
				return name, true
			}
			return second(name), times == 2
		}
	}
	const refused = "the server asks for a file of this machine: that is never given"
	for name, c := range map[string]struct {
		wants      func(text, name string) (string, bool)
		rows, want string
	}{
		"by the name":                  {inLoad(func(name string) string { return name }), "1\ta\\\\b\\tc\\nd\n2\t\\N\n", ""},
		"without a request for a file": {func(string, string) (string, bool) { return "", false }, "", "the server's answer to LOAD DATA cannot be read"},
		"a file of the machine":        {inLoad(func(string) string { return secret }), "", refused},
		"the accounts":                 {inLoad(func(string) string { return "/etc/passwd" }), "", refused},
		"a reader of the driver's":     {inLoad(func(name string) string { return "Reader::" + name }), "", refused},
		"a folder before the name":     {inLoad(func(name string) string { return "/" + name }), "", refused},
		"more behind the name":         {inLoad(func(name string) string { return name + "\x00" }), "", refused},
		"a part of the name":           {inLoad(func(name string) string { return name[:len(name)-1] }), "", refused},
		"the name in lower case":       {inLoad(strings.ToLower), "", refused},
		"no name":                      {inLoad(func(string) string { return "" }), "", refused},
		"a file once it has rows":      {twice(func(string) string { return secret }), "1\ta\\\\b\\tc\\nd\n2\t\\N\n", "the server's answer to LOAD DATA cannot be read"},
		"the rows once more":           {twice(func(name string) string { return name }), "1\ta\\\\b\\tc\\nd\n2\t\\N\n", "the server's answer to LOAD DATA cannot be read"},
		"for settings":                 {inAnswerTo("SET"), "", refused},
		"for a transaction":            {inAnswerTo("START"), "", refused},
		"for a query":                  {inAnswerTo("SHOW"), "", refused},
		"at the commit":                {atTheCommit(), "1\ta\\\\b\\tc\\nd\n2\t\\N\n", "not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 8)
			address := hostile.Files(t, c.wants, got)
			s, err := mysql.New("one", "mysql://u@"+address+"/shop?ssl-mode=DISABLED", nil)
			if err != nil {
				t.Fatal(err)
			}
			q := load.Request{Table: "t", Grace: time.Second, Columns: []load.Column{{Name: "k", Type: "int", Kind: row.Int}, {Name: "s", Type: "text", Kind: row.Text}}}
			_, err = s.Load(t.Context(), q, new(driver.Progress), func(emit row.Emit) error {
				b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "k", Type: row.Int}, {Name: "s", Type: row.Text}}})
				b.Int(1)
				b.TextString("a\\b\tc\nd")
				b.EndRow()
				b.Int(2)
				b.Null()
				b.EndRow()
				return emit(b)
			})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
			sent := ""
			for part := range got {
				sent += part
			}
			if sent != c.rows {
				t.Errorf("the server got %q", sent)
			}
		})
	}
}
