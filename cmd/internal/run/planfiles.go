// The files that a plan writes: creating and discarding them.

package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
)

// OneFile returns the path of the result, if that is one file; else it is empty.
func (p *Plan) OneFile() string {
	if p.exporting != nil && p.exporting.set != nil {
		return ""
	}
	return p.request.Output
}

// Exports reports whether the result is one of several files, has a manifest or a state:
// then Create may have to wait for another run.
func (p *Plan) Exports() bool { return p.exporting != nil }

// ToFile reports whether the result goes to a file.
func (p *Plan) ToFile() bool { return p.request.Output != "" }

// Printed reports whether the rows go to Out. If they do not, a broken connection does not
// mean that a reader has left: it may be the connection to the target of a load.
func (p *Plan) Printed() bool { return !p.ToFile() && p.load == nil }

// Create checks, before anything is sent, that the files can be written. The warnings say
// which properties of the replaced files cannot be kept.
func (p *Plan) Create(ctx context.Context) (warnings []string, err error) {
	r := &p.request
	all := ctx // waiting for the locks of another run is not bounded by the run's own limit
	ctx, stop := Opening(ctx, p.options.Timeout)
	defer stop()
	switch {
	case p.exporting != nil:
		if warnings, err = p.createExport(all); err != nil {
			return warnings, errors.Join(err, p.Discard())
		}
	case r.Output != "":
		if p.file, err = output.CreateFor(ctx, r.Spelling.Name(OptionOutput), r.Output); err != nil {
			return nil, err
		}
		if screen := p.file.Screen(); screen != nil {
			p.style.Width, p.style.Terminal = output.Terminal(screen)
			if err := r.Format.OnTerminal(p.style); p.style.Terminal && err != nil {
				return nil, errors.Join(fmt.Errorf("%s %s: %w", r.Spelling.Name(OptionOutput), output.Sanitize(r.Output), err), p.Discard())
			}
		}
	}
	if r.Report != "" {
		if p.report, err = output.CreateFor(ctx, r.Spelling.Name(OptionReport), r.Report); err != nil {
			return nil, errors.Join(err, p.Discard())
		}
		warnings = append(warnings, FileWarnings(p.report)...)
	}
	if p.exporting == nil {
		warnings = append(FileWarnings(p.file), warnings...)
	}
	return warnings, nil
}

// Discard removes everything written so far. It may be called from any goroutine, and
// more than once.
func (p *Plan) Discard() (err error) {
	err = p.discardFiles()
	if p.report != nil {
		err = errors.Join(err, p.report.Discard())
	}
	if p.reduce != nil && p.reduce.engine != nil {
		err = errors.Join(err, p.reduce.engine.Remove())
	}
	if p.federation != nil {
		err = errors.Join(err, p.federation.plan.Remove())
	}
	return err
}

// discardFiles removes everything that was written of the result.
func (p *Plan) discardFiles() (err error) {
	for _, f := range append(p.exporting.files(), p.file) {
		if f != nil {
			err = errors.Join(err, f.Discard())
		}
	}
	return errors.Join(err, p.exporting.discard())
}

// Opening bounds the wait for a FIFO's reader by the run's own limit, because a reader
// may never come; 0 is none.
func Opening(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, &query.TimeoutError{After: limit})
}

// FileWarnings returns warnings about properties of replaced files that cannot be kept. It
// ignores nil files.
func FileWarnings(files ...*output.File) (warnings []string) {
	for _, f := range files {
		if f != nil && f.Warning() != "" {
			warnings = append(warnings, f.Warning())
		}
	}
	return warnings
}
