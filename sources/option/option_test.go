package option_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/fanql/fanql/sources/option"
)

func flag(o option.Option) string { return "--" + string(o) }

func TestOptionsAreCalledAsTheUserKnowsThem(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "{memory}", Err: io.ErrUnexpectedEOF} // braces in a user's text stay as they are
	for name, c := range map[string]struct {
		err          error
		plain, named string
	}{
		"none":           {errors.New("raise {memory}"), "raise {memory}", "raise {memory}"},
		"one":            {option.Errorf("row %d: raise {memory}", 7), "row 7: raise memory", "row 7: raise --memory"},
		"two words":      {option.New("use {connect-timeout}, not {timeout}"), "use connect-timeout, not timeout", "use --connect-timeout, not --timeout"},
		"of an argument": {option.Errorf("%q: %s", "{memory}", option.Hint("write {memory}")), `"{memory}": write memory`, `"{memory}": write --memory`},
		"wrapped":        {fmt.Errorf("source eu: %w", option.New("raise {memory}")), "source eu: raise memory", "source eu: raise --memory"},
		"joined":         {errors.Join(option.New("{a}"), option.New("{b}")), "a\nb", "--a\n--b"},
		"within another": {option.Errorf("{out}: %w", option.New("{in}")), "out: in", "--out: --in"},
		"around another": {option.Errorf("{out}: %w", missing), "out: open {memory}: unexpected EOF", "--out: open {memory}: unexpected EOF"},
		"a percent sign": {option.New("100% of {memory}"), "100% of memory", "100% of --memory"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.err.Error(); got != c.plain {
				t.Errorf("plain: %q, want %q", got, c.plain)
			}
			if got := option.Text(c.err, flag); got != c.named {
				t.Errorf("named: %q, want %q", got, c.named)
			}
			if got := option.Spelled(c.err, flag); got.Error() != c.named || !errors.Is(got, c.err) {
				t.Errorf("spelled: %q, want %q", got, c.named)
			}
			if got := option.Text(c.err, nil); got != c.plain {
				t.Errorf("without names: %q, want %q", got, c.plain)
			}
		})
	}
}

func TestWhatIsWrappedIsFound(t *testing.T) {
	err := option.Spelled(fmt.Errorf("source eu: %w", option.Errorf("{config}: %w", &fs.PathError{Op: "open", Path: "x", Err: io.EOF})), flag)
	if path, ok := errors.AsType[*fs.PathError](err); !ok || path.Path != "x" || !errors.Is(err, io.EOF) {
		t.Errorf("%v: %v", err, path)
	}
	if option.Spelled(nil, flag) != nil {
		t.Error("a nil error became an error")
	}
}

func TestWhatIsSpelledIsNotSpelledAgain(t *testing.T) {
	first := option.Spelled(option.Errorf("%s and {reduce}", option.Hint("{limit}")), func(o option.Option) string {
		return map[option.Option]string{"limit": "--limit", "reduce": "reduce"}[o]
	})
	second := option.Spelled(fmt.Errorf("query total: %w", first), func(o option.Option) string { return "--" + string(o) })
	if got := second.Error(); got != "query total: --limit and reduce" {
		t.Error(got)
	}
}
