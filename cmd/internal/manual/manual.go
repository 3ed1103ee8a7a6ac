// Package manual writes the manual pages of a program from its commands' own help.
//
// Cobra's own package (cobra/doc) would print less: flags as --reduce="" and
// --timeout=30s, without their arguments; no help pages; and texts as Markdown, in
// which indented lines run together. It would also link a Markdown parser, which takes
// a millisecond at each start.
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

// An Edition is the footer of each page.
type Edition struct {
	Version string
	Date    string // in words, such as January 2026
}

// Write writes the page of a command, those of its subcommands, and the help pages into
// an existing folder. Each file appears completely or not at all.
func Write(ctx context.Context, root *cobra.Command, pages []Page, folder string, e Edition) error {
	if err := writeCommand(ctx, root, pages, folder, e); err != nil {
		return err
	}
	for _, p := range pages {
		if err := write(ctx, folder, p.Manual+"."+p.Section, topic(p, root, e)); err != nil {
			return err
		}
	}
	return nil
}

func writeCommand(ctx context.Context, cmd *cobra.Command, pages []Page, folder string, e Edition) error {
	if err := write(ctx, folder, name(cmd)+".1", page(cmd, pages, e)); err != nil {
		return err
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			if err := writeCommand(ctx, c, nil, folder, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// write writes one file.
func write(ctx context.Context, folder, file, text string) error {
	f, err := output.CreateFor(ctx, "page", filepath.Join(folder, file))
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(text)); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}

func name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// reference refers to another page.
func reference(name, section string) string { return ".BR " + roff(name) + " (" + section + ")" }

// topic returns a help page in the language of man.
func topic(p Page, root *cobra.Command, e Edition) string {
	var b strings.Builder
	_, body, _ := strings.Cut(p.Shown(), "\n")
	fmt.Fprintf(&b, ".TH %q %s %q %q %q\n", strings.ToUpper(p.Manual), p.Section, e.Date, root.Name()+" "+e.Version, root.Name()+" manual")
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(p.Manual), roff(p.Title()))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n.EX\n%s\n.EE\n", roff(strings.TrimSpace(body)))
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", reference(root.Name(), "1"))
	return b.String()
}

// page returns a command's page in the language of man, which refers to the help pages.
func page(cmd *cobra.Command, pages []Page, e Edition) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %q 1 %q %q %q\n", strings.ToUpper(name(cmd)), e.Date, cmd.Root().Name()+" "+e.Version, cmd.Root().Name()+" manual")
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	b.WriteString(".SH DESCRIPTION\n")
	for part := range strings.SplitSeq(cmp.Or(cmd.Long, cmd.Short), "\n\n") {
		if strings.Contains(part, "\n ") { // a table, which is printed unchanged
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
		related = append(related, reference(name(cmd.Parent()), "1"))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			related = append(related, reference(name(c), "1"))
		}
	}
	for _, p := range pages {
		related = append(related, reference(p.Manual, p.Section))
	}
	b.WriteString(".SH SEE ALSO\n" + strings.Join(related, " ,\n") + "\n")
	return b.String()
}

// options writes the flags that help shows.
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

// roff escapes text so that man shows it literally.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
