// fanql init: the first config of a folder.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/starter"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

// initOptions are the flags of fanql init, as given.
type initOptions struct {
	force, keyring, offline bool
	timeout, connectTimeout time.Duration
}

func (a *app) initCommand() *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:   "init [URL|FILE|NAME=URL]...",
		Short: "Write a fanql.yaml for databases, and try them",
		Long: `Write a fanql.yaml in this folder (or the file of --config) for databases: URLs, SQLite
files, or patterns of files in quotes, each with NAME= before it or named after its
database or file. Without arguments, it asks for them on the terminal, and for their
passwords, which are not shown. It tries all databases at once before it writes the
file, and asks once more for a password that is refused. A database that does not answer
is in the file, too, and the exit status is that of fanql sources ping.

Only its owner can read a file that holds a password. --keyring keeps passwords in the
keyring of your desktop instead, and ${keyring:NAME} stands for them in the file. If
there is no keyring, write ${env:NAME} in the URL, in single quotes. It also writes
fanql.schema.json for editors, which find it by the first line of the config.

An existing file is not changed: fanql sources add adds to it.`,
		Example: `  fanql init
  fanql init postgres://reader@eu.db/shop us=mysql://reader@us.db/shop
  fanql init 'shops/*.db'
  fanql init 'eu=postgres://reader:${env:EU_PASSWORD}@eu.db/shop'`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.runInit(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.force, "force", false, "replace an existing file")
	f.BoolVar(&o.keyring, "keyring", false, "keep passwords in the keyring, and not in the file")
	f.BoolVar(&o.offline, "offline", false, "do not try the databases")
	f.DurationVar(&o.timeout, "timeout", run.DefaultTimeout, "one deadline for trying all of them; 0 is none (`DURATION`)")
	f.DurationVar(&o.connectTimeout, "connect-timeout", run.DefaultConnectTimeout, "for each of them, until its query is sent (`DURATION`)")
	return cmd
}

// initPath is the path of the config to write.
func (a *app) initPath() string {
	for _, path := range []string{a.configFlag, a.getenv("FANQL_CONFIG")} {
		if path != "" {
			return path
		}
	}
	return "fanql.yaml"
}

func (a *app) runInit(ctx context.Context, o *initOptions, args []string) error {
	path := a.initPath()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !o.force {
		if err != nil {
			return fmt.Errorf("%s: %w", output.Sanitize(path), output.Cause(err))
		}
		return fmt.Errorf("%s is there already: fanql sources add NAME URL adds a source to it, and --force replaces it", output.Sanitize(path))
	}
	drafts := &config.Drafts{Dialects: sources.Dialects, Folder: filepath.Dir(path)}
	for _, arg := range args {
		draft, err := drafts.Read(arg)
		if err != nil && len(args) > 1 {
			return fmt.Errorf("argument %d: %w", len(drafts.List)+1, err)
		}
		if err != nil {
			return err
		}
		drafts.List = append(drafts.List, draft)
	}
	var asked *prompter // nil if there is no terminal to prompt on
	if len(args) == 0 {
		var err error
		if asked, err = a.prompter(); err != nil {
			return err
		}
		if err := starter.Converse(asked, drafts); err != nil {
			return err
		}
	}
	tried, err := a.try(ctx, o, asked, path, drafts.List)
	if err != nil {
		return err
	}
	if err := a.keepPasswords(o, asked, path, drafts.List); err != nil {
		return err
	}
	if err := a.writeConfig(ctx, o, path, drafts.List); err != nil {
		return err
	}
	return exit(tried)
}

// try pings all sources at once, and returns the exit status for the result. On a terminal
// the user may correct a refused password, and decide whether to continue.
func (a *app) try(ctx context.Context, o *initOptions, asked *prompter, path string, drafts []config.Draft) (status int, err error) {
	for retry := true; retry; {
		var refused []string
		if status, refused, err = a.tryOnce(ctx, o, path, drafts); err != nil || status == exitcode.Complete || asked == nil {
			return status, err
		}
		if retry, err = starter.Correct(asked, drafts, refused); err != nil {
			return status, err
		}
	}
	on, err := starter.Yes(asked, "Not all of them answer. Write "+output.Sanitize(path)+" all the same?")
	if err == nil && !on {
		err = errors.New("nothing was written")
	}
	return status, err
}

// tryOnce pings all sources once. It also returns the names of those that refuse the login.
func (a *app) tryOnce(ctx context.Context, o *initOptions, path string, drafts []config.Draft) (status int, refused []string, err error) {
	c, err := config.Parse(path, []byte(starter.Text(drafts, "")), sources.Dialects, a.getenv)
	if err != nil {
		return 0, nil, a.firstOf(err)
	}
	a.configs = append(a.configs, c)
	if o.offline {
		return exitcode.Complete, nil, nil
	}
	q := &queryOptions{targets: targets{timeout: o.timeout, connectTimeout: o.connectTimeout, timeoutSet: true, connectTimeoutSet: true}}
	q.pinged = func(s *query.Summary) {
		for _, o := range s.Outcomes {
			if o.State == query.Failed && o.Phase == driver.Auth {
				refused = append(refused, o.Source)
			}
		}
	}
	err = a.pingOf(ctx, c, q)
	if ended, ok := errors.AsType[*statusError](err); ok {
		if status = ended.status; ended.err != nil || status >= exitcode.SIGINT {
			return 0, nil, err
		}
	} else if err != nil {
		status = exitcode.Usage
		a.warnOf([]string{a.firstOf(err).Error()})
	}
	return status, refused, nil
}

// keepPasswords moves passwords to the chosen place, and replaces them by references.
func (a *app) keepPasswords(o *initOptions, asked *prompter, path string, drafts []config.Draft) (err error) {
	keeper := starter.InFile
	if o.keyring {
		keeper = starter.InKeyring
	}
	var with []int
	for i, d := range drafts {
		if d.Password() != "" {
			with = append(with, i)
		}
	}
	if len(with) == 0 {
		return nil
	}
	if asked != nil && !o.keyring {
		if keeper, err = starter.ChooseKeeper(asked, starter.InKeyring, starter.InEnvironment, starter.InFile); err != nil {
			return err
		}
	}
	for _, i := range with {
		d := drafts[i]
		if keeper == starter.InKeyring {
			reference, err := config.KeepSecret(keyringName(path, d.Name), d.Password())
			if err == nil {
				drafts[i] = d.WithReference(reference)
				continue
			}
			err = fmt.Errorf("source %s: %w", d.Name, err)
			if asked == nil {
				return fmt.Errorf("%w: without a keyring, write ${env:%s} in place of the password, in single quotes, and set that variable", err, starter.Variable(d.Name))
			}
			asked.Say(err.Error())
			if keeper, err = starter.ChooseKeeper(asked, starter.InEnvironment, starter.InFile); err != nil {
				return err
			}
		}
		if keeper == starter.InEnvironment {
			variable := starter.Variable(d.Name)
			drafts[i] = d.WithReference("${env:" + variable + "}")
			asked.Say("  Set " + variable + " before fanql is run: it is the password of " + d.Name + ".")
		}
	}
	return nil
}

// keyringName returns the name of a source's password in the keyring. The folder is a part
// of it, because configs in other folders may have sources of the same name.
func keyringName(path, source string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return source
	}
	folder := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, filepath.Base(filepath.Dir(absolute)))
	if folder = strings.TrimLeft(folder, "-."); folder == "" {
		return source
	}
	return folder + "/" + source
}

// writeConfig writes the config and, in the same folder, the schema for editors. It writes
// the whole config or none of it.
func (a *app) writeConfig(ctx context.Context, o *initOptions, path string, drafts []config.Draft) error {
	schema := starter.SchemaFile
	schemaPath := filepath.Join(filepath.Dir(path), schema)
	if was, err := os.ReadFile(schemaPath); err == nil && !strings.Contains(string(was), `"title": "fanql.yaml"`) {
		schema = "" // somebody else's
	}
	f, err := output.CreateFor(ctx, "the config", path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Discard() }()
	if !o.force {
		f.Exclusive()
	}
	held := ""
	for _, d := range drafts {
		if d.Password() != "" {
			f.Private()
			held = ", which holds a password: only you can read it"
		}
	}
	if _, err := f.Write([]byte(starter.Text(drafts, schema))); err != nil {
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	if schema != "" {
		s, err := output.CreateFor(ctx, "the schema", schemaPath)
		if err != nil {
			return err
		}
		defer func() { _ = s.Discard() }()
		if _, err := s.Write(config.Schema()); err != nil {
			return err
		}
		if err := s.Commit(); err != nil {
			return err
		}
	}
	next := "fanql query 'select 1 as one'"
	if path != "fanql.yaml" {
		next = "fanql query --config " + process.ShellWord(path) + " 'select 1 as one'"
	}
	return a.say("wrote %s%s\nnext: %s\n", output.Sanitize(path), held, next)
}
