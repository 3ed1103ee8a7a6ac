// Package usage reports errors in a command line in our own words, and makes cobra
// refuse input to which it would otherwise print its help.
package usage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
)

// UnknownCommand refuses the arguments of a command that has subcommands and takes none
// itself. It is one of cobra's PositionalArgs.
func UnknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if err := notACommand(cmd, args); err != nil {
		return err
	}
	var known []string
	for _, c := range cmd.Commands() {
		known = append(known, c.Name())
	}
	hint := "see " + cmd.CommandPath() + " --help"
	if ours, ok := foreignCommands[strings.TrimLeft(args[0], ".")]; ok && !cmd.HasParent() {
		hint = ours
	} else if name, ok := nearest.Name(args[0], known); ok {
		hint = fmt.Sprintf("did you mean %q?", name)
	}
	return fmt.Errorf("unknown command %q: %s", args[0], hint)
}

// Strict makes cobra's completion command refuse unknown arguments, instead of printing
// its help with exit status 0.
func Strict(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Args = UnknownCommand
		c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		for _, shell := range c.Commands() {
			shell.Args = NoArguments
			shell.Long = strings.Replace(shell.Long, needsPackage, "", 1)
			if write := scripts[shell.Name()]; write != nil {
				shell.RunE = func(cmd *cobra.Command, _ []string) error {
					bare, err := cmd.Flags().GetBool("no-descriptions")
					if err != nil {
						return err
					}
					return write(root, cmd.OutOrStdout(), !bare)
				}
			}
		}
	}
}

// NoArguments refuses any argument. It is one of cobra's PositionalArgs.
func NoArguments(cmd *cobra.Command, args []string) error {
	return AtMost(0, cmd.CommandPath()+" takes no arguments")(cmd, args)
}

// AtMost refuses more than n arguments, with a hint what to do.
func AtMost(n int, hint string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return fmt.Errorf("an argument too many, %q: %s", args[n], hint)
		}
		return nil
	}
}

// FlagError returns an error about a flag, with the flag that may be meant. It is for
// cobra's SetFlagErrorFunc.
func FlagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(cmd, unknown)
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		what, _ := pflag.UnquoteUsage(bare.GetFlag())
		return fmt.Errorf("--%s needs a value: give %s", bare.GetFlag().Name, what)
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("--%s: %w", wrong.GetFlag().Name, valueError(wrong))
	}
	return err
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	word := e.GetSpecifiedName()
	if err := foreignFlag(cmd, word); err != nil {
		return err
	}
	if err := queryFlag(cmd, word, e.GetSpecifiedShortnames() != ""); err != nil {
		return err
	}
	if e.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("unknown flag -%s: see %s --help", word, cmd.CommandPath())
	}
	if strings.HasPrefix(word, " ") {
		return errors.New("this begins like a flag: put -- before SQL that begins with a comment, or use -f FILE")
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if name, ok := nearest.Name(word, known); ok {
		return fmt.Errorf("unknown flag --%s: did you mean --%s?", word, name)
	}
	return fmt.Errorf("unknown flag --%s: see %s --help", word, cmd.CommandPath())
}

// queryFlag returns the error for a flag of fanql query that is given to fanql itself, as
// in psql and sq, or for another program's flag. It returns nil for other words.
func queryFlag(cmd *cobra.Command, word string, short bool) error {
	if cmd.HasParent() {
		return nil
	}
	query, _, err := cmd.Find([]string{"query"})
	if err != nil || query == cmd {
		return nil
	}
	if short && query.Flags().ShorthandLookup(word) != nil {
		return fmt.Errorf("unknown flag -%s: it goes behind the command, as in fanql query -%s", word, word)
	}
	if !short && query.Flags().Lookup(word) != nil {
		return fmt.Errorf("unknown flag --%s: it goes behind the command, as in fanql query --%s", word, word)
	}
	return foreignFlag(query, word)
}

// valueError reports an invalid duration in the words of the config.
func valueError(e *pflag.InvalidValueError) error {
	switch e.GetFlag().Value.Type() {
	case "duration":
		if _, err := config.ParseDuration(e.GetValue()); err != nil {
			return err
		}
	case "bool":
		return fmt.Errorf("%q is neither true nor false", e.GetValue())
	case "int", "int64", "uint", "uint64":
		return fmt.Errorf("%q is not a whole number", e.GetValue())
	}
	return errors.Unwrap(e)
}

// EmptyFlag finds a flag that was given without a value, as in -o "$UNSET": if it were
// ignored, the result would be printed instead of written to a file. --null may be empty,
// and --source-column has a better error of its own.
func EmptyFlag(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() != "string" || f.Value.String() != "" || f.Name == "null" || f.Name == "source-column" {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + " (" + name + ")"
		}
		what, _ := pflag.UnquoteUsage(f)
		err = errors.Join(err, fmt.Errorf("%s is empty: give %s, or leave it out", name, what))
	})
	return err
}
