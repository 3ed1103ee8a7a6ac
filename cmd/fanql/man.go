// fanql man: the manual pages, made from the commands' own help.

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanql/fanql/cmd/internal/output"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages into a folder",
		Example: "  fanql man man/",
		Args:    atMost(1, "give one folder"),
		Hidden:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no folder: name one, as in fanql man man/")
			}
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			at := time.Now()
			// A reproducible build names its own time.
			if epoch, err := strconv.ParseInt(a.getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
				at = time.Unix(epoch, 0)
			}
			if err := manPages(cmd.Context(), cmd.Root(), args[0], at.UTC().Format("January 2006")); err != nil {
				return fmt.Errorf("manual pages: %w", err)
			}
			return nil
		},
	}
}

// manPages writes the page of a command and those of the ones below it. Cobra's own
// (cobra/doc) would print less: a flag as --reduce="" and --timeout=30s, without what it
// takes; no help pages; texts as Markdown, in which lines that are indented run together.
// It would also bring a parser of Markdown along, which takes a millisecond at each start.
func manPages(ctx context.Context, cmd *cobra.Command, folder, date string) error {
	text := manPage(cmd, date)
	if cmd.IsAdditionalHelpTopicCommand() {
		text = manTopic(cmd, date)
	}
	f, err := output.CreateFor(ctx, "page", filepath.Join(folder, manName(cmd)+"."+manSection(cmd)))
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
			if err := manPages(ctx, c, folder, date); err != nil {
				return err
			}
		}
	}
	return nil
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manSection is 1 for a command, and 7 for a help page, which is about no program.
func manSection(cmd *cobra.Command) string {
	if cmd.IsAdditionalHelpTopicCommand() {
		return "7"
	}
	return "1"
}

// manReference names the page of another command or a help page.
func manReference(cmd *cobra.Command) string {
	return ".BR " + roff(manName(cmd)) + " (" + manSection(cmd) + ")"
}

// manTopic is a help page, as it stands, in the language of man.
func manTopic(cmd *cobra.Command, date string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %q 7 %q %q \"fanql manual\"\n", strings.ToUpper(manName(cmd)), date, "fanql "+version())
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n.EX\n%s\n.EE\n", roff(strings.TrimSpace(cmd.Long)))
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", manReference(cmd.Parent()))
	return b.String()
}

// manPage is the page in the language of man.
func manPage(cmd *cobra.Command, date string) string {
	name := manName(cmd)
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %q 1 %q %q \"fanql manual\"\n", strings.ToUpper(name), date, "fanql "+version())
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	b.WriteString(".SH DESCRIPTION\n")
	for part := range strings.SplitSeq(cmp.Or(cmd.Long, cmd.Short), "\n\n") {
		if strings.Contains(part, "\n ") { // a table, which stays as it is
			b.WriteString(".EX\n" + roff(part) + "\n.EE\n")
		} else {
			b.WriteString(".PP\n" + roff(part) + "\n")
		}
	}
	manFlags(&b, "OPTIONS", cmd.NonInheritedFlags())
	manFlags(&b, "OPTIONS OF ALL COMMANDS", cmd.InheritedFlags())
	if cmd.Example != "" {
		b.WriteString(".SH EXAMPLES\n.EX\n" + roff(cmd.Example) + "\n.EE\n")
	}
	var related []string
	if cmd.HasParent() {
		related = append(related, manReference(cmd.Parent()))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			related = append(related, manReference(c))
		}
	}
	b.WriteString(".SH SEE ALSO\n" + strings.Join(related, " ,\n") + "\n")
	return b.String()
}

// manFlags writes the flags that are shown in help.
func manFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
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
