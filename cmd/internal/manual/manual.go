// Package manual makes the manual pages of a program from its commands' own help.
//
// Cobra's own (cobra/doc) would print less: a flag as --reduce="" and --timeout=30s,
// without what it takes; no help pages; texts as Markdown, in which lines that are
// indented run together. It would also bring a parser of Markdown along, which takes a
// millisecond at each start.
package manual

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanql/fanql/cmd/internal/output"
)

// An Edition is what stands at the foot of each page.
type Edition struct {
	Version string
	Date    string // in words, such as January 2026
}

// Write writes the page of a command and those of the ones below it into a folder,
// which is there: each file appears whole.
func Write(ctx context.Context, cmd *cobra.Command, folder string, e Edition) error {
	text := page(cmd, e)
	if cmd.IsAdditionalHelpTopicCommand() {
		text = topic(cmd, e)
	}
	f, err := output.CreateFor(ctx, "page", filepath.Join(folder, name(cmd)+"."+section(cmd)))
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(text)); err != nil {
		return errors.Join(err, f.Discard())
	}
	if err := f.Commit(); err != nil {
		return err
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			if err := Write(ctx, c, folder, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// section is 1 for a command, and 7 for a help page, which is about no program.
func section(cmd *cobra.Command) string {
	if cmd.IsAdditionalHelpTopicCommand() {
		return "7"
	}
	return "1"
}

// reference names the page of another command or a help page.
func reference(cmd *cobra.Command) string {
	return ".BR " + roff(name(cmd)) + " (" + section(cmd) + ")"
}

// topic is a help page, as it stands, in the language of man.
func topic(cmd *cobra.Command, e Edition) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %q 7 %q %q %q\n", strings.ToUpper(name(cmd)), e.Date, cmd.Root().Name()+" "+e.Version, cmd.Root().Name()+" manual")
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n.EX\n%s\n.EE\n", roff(strings.TrimSpace(cmd.Long)))
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", reference(cmd.Parent()))
	return b.String()
}

// page is the page in the language of man.
func page(cmd *cobra.Command, e Edition) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %q 1 %q %q %q\n", strings.ToUpper(name(cmd)), e.Date, cmd.Root().Name()+" "+e.Version, cmd.Root().Name()+" manual")
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	b.WriteString(".SH DESCRIPTION\n")
	for part := range strings.SplitSeq(cmp.Or(cmd.Long, cmd.Short), "\n\n") {
		if strings.Contains(part, "\n ") { // a table, which stays as it is
			b.WriteString(".EX\n" + roff(part) + "\n.EE\n")
		} else {
			b.WriteString(".PP\n" + roff(part) + "\n")
		}
	}
	options(&b, "OPTIONS", cmd.NonInheritedFlags())
	options(&b, "OPTIONS OF ALL COMMANDS", cmd.InheritedFlags())
	if cmd.Example != "" {
		b.WriteString(".SH EXAMPLES\n.EX\n" + roff(cmd.Example) + "\n.EE\n")
	}
	var related []string
	if cmd.HasParent() {
		related = append(related, reference(cmd.Parent()))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			related = append(related, reference(c))
		}
	}
	b.WriteString(".SH SEE ALSO\n" + strings.Join(related, " ,\n") + "\n")
	return b.String()
}

// options writes the flags that are shown in help.
func options(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	b.WriteString(".SH " + title + "\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		what, usage := pflag.UnquoteUsage(f)
		b.WriteString(".TP\n")
		if f.Shorthand != "" {
			fmt.Fprintf(b, `\fB\-%s\fR, `, f.Shorthand)
		}
		fmt.Fprintf(b, `\fB\-\-%s\fR`, roff(f.Name))
		if what != "" {
			fmt.Fprintf(b, ` \fI%s\fR`, roff(what))
		}
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "0s" && d != "[]" {
			usage += " (default " + d + ")"
		}
		b.WriteString("\n" + roff(usage) + "\n")
	})
}

// roff makes text that man shows as it is.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
