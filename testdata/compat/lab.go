// Servers are tried in a lab: a folder, and the processes of one subject.
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fanql/fanql/testdata/servers/private"
)

// A lab is shared by all subjects.
type lab struct {
	bin       string // fanql
	version   string // its version
	casesTest string // the test binary of testdata/cases; empty if they are not run
	dir       string
	password  string // the password of every account
}

func newLab(ctx context.Context, o options) (*lab, error) {
	out, err := exec.CommandContext(ctx, o.bin, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w (run make build)", o.bin, err)
	}
	dir, err := private.Folder()
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(string(out), "fanql "), " ")
	l := &lab{bin: o.bin, version: strings.TrimSpace(first), dir: dir, password: rand.Text()}
	if o.cases {
		l.casesTest = filepath.Join(dir, "cases.test")
		say("building the tests of testdata/cases")
		build := exec.CommandContext(ctx, "go", "test", "-c", "-o", l.casesTest, "./cmd/fanql")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("building the cases: %w\n%s", err, out), l.close())
		}
	}
	return l, nil
}

func (l *lab) close() error { return os.RemoveAll(l.dir) }

// A bench has the processes of one subject.
type bench struct {
	*lab
	dir       string // the folder of its servers
	instances []*private.Instance
	opened    []*sql.DB
}

// begin starts a server in its own folder.
func (b *bench) begin(ctx context.Context, p private.Product, found private.Programs) (*private.Instance, error) {
	p.Folder = fmt.Sprintf("%d", len(b.instances))
	i, err := private.Begin(ctx, p, found, filepath.Join(b.dir, p.Folder), b.password)
	if i != nil {
		b.instances = append(b.instances, i)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return i, nil
}

// stop ends all processes that were started, in reverse order, and removes their files.
func (b *bench) stop() error {
	var problems []error
	for _, db := range b.opened {
		problems = append(problems, db.Close())
	}
	for i := len(b.instances) - 1; i >= 0; i-- {
		b.instances[i].Stop()
	}
	return errors.Join(append(problems, os.RemoveAll(b.dir))...)
}

// try starts a subject and runs the checks.
func (l *lab) try(ctx context.Context, s subject) (r row) {
	r = row{server: s.name, cells: map[string]cell{}}
	begun := time.Now()
	dir, err := os.MkdirTemp(l.dir, "s")
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		r.err = err
		return r
	}
	b := &bench{lab: l, dir: dir}
	defer func() { r.err = errors.Join(r.err, b.stop()) }()
	t, err := s.start(ctx, b)
	if err != nil {
		say("%s: %v", s.name, err)
		r.err = err
		return r
	}
	t.name, r.version = s.name, t.version
	say("%s: %s is there (%.1f s)", s.name, t.version, time.Since(begun).Seconds())
	for _, c := range checks {
		if ctx.Err() != nil {
			r.err = context.Cause(ctx)
			return r
		}
		began := time.Now()
		got := t.check(ctx, c)
		r.cells[c.name] = got
		switch {
		case got.err != nil:
			say("%s: %s failed (%.1f s): %v", s.name, c.name, time.Since(began).Seconds(), got.err)
		case !got.absent:
			say("%s: %s ok (%.1f s) %s", s.name, c.name, time.Since(began).Seconds(), got.detail)
		}
	}
	return r
}

// check runs one check with a timeout.
func (t *target) check(ctx context.Context, c check) cell {
	ctx, cancel := context.WithTimeoutCause(ctx, max(c.timeout, cellTimeout), fmt.Errorf("%s took too long", c.name))
	defer cancel()
	detail, err := c.run(ctx, t)
	if errors.Is(err, errAbsent) {
		return cell{absent: true}
	}
	if err != nil && ctx.Err() != nil {
		err = errors.Join(err, context.Cause(ctx))
	}
	return cell{detail: detail, err: err}
}

// errAbsent means that a check does not apply to a target.
var errAbsent = errors.New("not to be checked here")
