//go:build unix

// A reader that closes the pipe in the middle of an export.

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// If the reader of stdout leaves, the user wanted that, as with `| head`, and the run succeeds. If
// the reader of a FIFO of -o leaves, the export is incomplete, and the run fails.
func TestAReaderThatLeavesAnExport(t *testing.T) {
	folder := t.TempDir()
	from := filepath.Join(folder, "from.db")
	sqliteExec(t, from, "create table o as with recursive c(id) as (select 1 union all select id + 1 from c where id < 20000) select id, hex(randomblob(20)) as note from c")
	for _, args := range []string{"--csv", "--jsonl", "--csv --compress gzip", "--jsonl --compress zstd", "--format parquet", "--format xlsx"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			// w stays open, as stdout does: the process watches until its end whether w has a
			// reader.
			left := leave(r)
			var stderr bytes.Buffer
			argv := append([]string{"query", "-s", from, "select * from o"}, strings.Fields(args)...)
			status := command(context.WithoutCancel(t.Context()), argv, strings.NewReader(""), w, &stderr)
			if err := <-left; err != nil {
				t.Error(err)
			}
			if text := stderr.String(); status != 0 || !strings.HasSuffix(text, "; the reader of the output left\n") || strings.Count(text, "\n") != 1 {
				t.Errorf("exit status %d: %s", status, text)
			}
		})
	}
	for _, name := range []string{"out.csv", "out.csv.gz", "out.jsonl.zst", "out.parquet"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
			left := make(chan error, 1)
			go func() {
				r, err := os.Open(path)
				if err == nil {
					err = <-leave(r)
				}
				left <- err
			}()
			var stdout, stderr bytes.Buffer
			status := command(t.Context(), []string{"query", "-s", from, "-o", path, "select * from o"}, strings.NewReader(""), &stdout, &stderr)
			if err := <-left; err != nil {
				t.Error(err)
			}
			if text := stderr.String(); status != 1 || !strings.HasSuffix(text, "broken pipe\n") || strings.Count(text, "\n") != 1 {
				t.Errorf("exit status %d: %s", status, text)
			}
			if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
				t.Errorf("the FIFO was replaced: %v, %v", info, err)
			}
		})
	}
}

// leave reads a few bytes, and closes the reader.
func leave(r *os.File) <-chan error {
	left := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(r, make([]byte, 4))
		if closed := r.Close(); err == nil {
			err = closed
		}
		left <- err
	}()
	return left
}
