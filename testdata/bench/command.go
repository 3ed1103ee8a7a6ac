// Commands are run and measured.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

// whole runs a command to its end. Its exit status must be 0, and check must return no error. The
// files in remove are removed afterwards, so that no later run has to overwrite a file while its
// rival writes a new one.
func whole(argv, env []string, check func() error, remove ...string) runner {
	return writing(nil, argv, env, check, remove...)
}

// writing is whole with a writer for the output of the command.
func writing(stdout io.Writer, argv, env []string, check func() error, remove ...string) runner {
	return func(ctx context.Context) (m measure, err error) {
		defer func() { err = errors.Join(err, removeAll(remove)) }()
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), env...)
		var problems bytes.Buffer
		cmd.Stdout, cmd.Stderr = stdout, &problems
		begun := time.Now()
		if err := cmd.Start(); err != nil {
			return m, err
		}
		gauge := testkit.Watch(cmd)
		err = cmd.Wait()
		m.time = time.Since(begun)
		memory, unmeasured := gauge.Peak(cmd)
		if err != nil {
			return m, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, strings.TrimSpace(problems.String()))
		}
		if unmeasured != nil {
			return m, unmeasured
		}
		m.memory = memory
		m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		return m, check()
	}
}

// drained runs a command to its end, and reads its output, which must have that number of lines.
func drained(argv []string, lines int) runner {
	return func(ctx context.Context) (measure, error) {
		var ends counter
		return writing(&ends, argv, nil, func() error {
			if int(ends) != lines {
				return fmt.Errorf("%d lines, not %d", ends, lines)
			}
			return nil
		})(ctx)
	}
}

// A counter counts line ends.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(bytes.Count(b, []byte("\n")))
	return len(b), nil
}

// nothing is a check that always succeeds.
func nothing() error { return nil }

// untilLine runs a command until it has printed that number of lines, and then ends it.
func untilLine(argv, env []string, lines int) runner {
	return func(ctx context.Context) (m measure, err error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), env...)
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // then it cancels its queries
		var problems bytes.Buffer
		cmd.Stderr = &problems
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return m, err
		}
		begun := time.Now()
		if err := cmd.Start(); err != nil {
			return m, err
		}
		gauge := testkit.Watch(cmd)
		out := bufio.NewReader(stdout)
		for range lines {
			if _, err = out.ReadSlice('\n'); err != nil {
				break
			}
		}
		m.time = time.Since(begun)
		cancel()
		_, _ = io.Copy(io.Discard, out)
		ended := cmd.Wait() // in most cases the signal has ended it
		memory, unmeasured := gauge.Peak(cmd)
		if err != nil {
			return m, fmt.Errorf("%s ended before its first row: %w: %s", filepath.Base(cmd.Path), errors.Join(err, ended), strings.TrimSpace(problems.String()))
		}
		m.memory = memory
		return m, unmeasured
	}
}

// psqlItself returns the path of the real psql. On Debian, psql in PATH is a script that chooses a
// version, and it takes longer than psql.
func psqlItself() string {
	path, err := exec.LookPath("psql")
	if err != nil {
		return "psql"
	}
	if target, err := filepath.EvalSymlinks(path); err != nil || filepath.Base(target) != "pg_wrapper" {
		return path
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/psql") // the pattern is well-formed
	if len(installed) == 0 {
		return path
	}
	return installed[len(installed)-1]
}

func removeAll(paths []string) (err error) {
	for _, path := range paths {
		if e := os.Remove(path); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// hasRecords returns a check that a CSV file has a header and that number of records. Line ends
// within quotes do not count.
func hasRecords(path string, rows int) func() error {
	return func() error {
		ends, err := lineEnds(path, true)
		if err == nil && ends != rows+1 {
			err = fmt.Errorf("%s has %d records, not %d", filepath.Base(path), ends-1, rows)
		}
		return err
	}
}

// hasLines returns a check that a file has that number of lines.
func hasLines(path string, lines int) func() error {
	return func() error {
		ends, err := lineEnds(path, false)
		if err == nil && ends != lines {
			err = fmt.Errorf("%s has %d lines, not %d", filepath.Base(path), ends, lines)
		}
		return err
	}
}

// hasNumbered returns a check that a table has that number of lines that begin with a number. The
// header does not count, since it is repeated when columns become wider.
func hasNumbered(path string, rows int) func() error {
	return func() error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close() // it was only read
		numbered := 0
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			if text := bytes.TrimLeft(lines.Bytes(), " "); len(text) > 0 && text[0] >= '0' && text[0] <= '9' {
				numbered++
			}
		}
		if err := lines.Err(); err != nil {
			return err
		}
		if numbered != rows {
			return fmt.Errorf("%s has %d rows, not %d", filepath.Base(path), numbered, rows)
		}
		return nil
	}
}

// lineEnds counts the line ends of a file. In CSV, line ends within quotes do not count.
func lineEnds(path string, csv bool) (ends int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close() // it was only read
	buffer := make([]byte, 1<<20)
	quoted := false
	for {
		n, err := file.Read(buffer)
		for _, b := range buffer[:n] {
			switch {
			case b == '"' && csv:
				quoted = !quoted
			case b == '\n' && !quoted:
				ends++
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return ends, err
		}
	}
	if quoted {
		return ends, fmt.Errorf("%s ends within quotes", filepath.Base(path))
	}
	return ends, nil
}
