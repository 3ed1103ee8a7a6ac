// The prompts of fanql init.

package starter

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/config"
)

// A Terminal prompts the user. Line and Secret return [io.EOF] at the end of the input.
type Terminal interface {
	// Line shows the prompt, and returns the answer without its newline.
	Line(prompt string) (string, error)
	// Secret is Line for an answer that is not shown.
	Secret(prompt string) (string, error)
	// Say shows a line.
	Say(line string)
}

// errNothing is the error for a list that ends before it has a database.
var errNothing = errors.New("no database was named: nothing was written")

// Converse prompts for databases until an empty line ends the list, and adds them to the drafts.
// After a wrong answer it explains the error and prompts once more.
func Converse(t Terminal, drafts *config.Drafts) error {
	t.Say("Name the databases: a URL such as postgres://reader@eu.db/shop or mysql://reader@us.db/shop,")
	t.Say("a SQLite file, or a pattern of files such as 'shops/*.db'. An empty line ends the list.")
	for {
		text, err := t.Line(fmt.Sprintf("Database %d: ", len(drafts.List)+1))
		text = unquoted(strings.TrimSpace(text))
		if text == "" && (err == nil || errors.Is(err, io.EOF)) {
			if len(drafts.List) > 0 {
				return nil
			}
			return errNothing
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		draft, err := drafts.Read(text)
		if err != nil {
			t.Say("  " + err.Error())
			continue
		}
		if draft, err = details(t, drafts, draft); err != nil {
			return err
		}
		drafts.List = append(drafts.List, draft)
	}
}

// unquoted removes the quotes that a shell would remove.
func unquoted(text string) string {
	if n := len(text); n > 1 && text[0] == text[n-1] && (text[0] == '\'' || text[0] == '"') {
		return text[1 : n-1]
	}
	return text
}

// details asks for the name of a source, and for its password if it may have one.
func details(t Terminal, drafts *config.Drafts, draft config.Draft) (config.Draft, error) {
	for {
		name, err := t.Line(fmt.Sprintf("  Its name [%s]: ", draft.Name))
		if err != nil {
			return draft, ended(err)
		}
		if name = strings.TrimSpace(name); name == "" {
			break
		}
		if err := drafts.Free(name); err != nil {
			t.Say("  " + err.Error())
			continue
		}
		draft.Name = name
		break
	}
	if !draft.TakesPassword() {
		return draft, nil
	}
	secret, err := t.Secret("  Its password (not shown; empty for none): ")
	if err != nil {
		return draft, ended(err)
	}
	if secret != "" {
		draft = draft.WithPassword(secret)
	}
	return draft, nil
}

// Correct asks for the passwords of drafts whose login was refused, and puts them into the
// drafts. It reports whether there is a new one.
func Correct(t Terminal, drafts []config.Draft, refused []string) (changed bool, err error) {
	for i, d := range drafts {
		if !slices.Contains(refused, d.Name) || d.Password() == "" && !d.TakesPassword() {
			continue
		}
		secret, err := t.Secret("Password of " + d.Name + ", once more (not shown; empty keeps it): ")
		if err != nil {
			return changed, ended(err)
		}
		if secret != "" {
			drafts[i], changed = d.WithPassword(secret), true
		}
	}
	return changed, nil
}

// ended is the error for an input that ends in the middle.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the input ended: nothing was written")
	}
	return err
}

// Yes asks for yes or no, and takes Enter for yes.
func Yes(t Terminal, prompt string) (bool, error) {
	for {
		answer, err := t.Line(prompt + " [Y/n]: ")
		if err != nil {
			return false, ended(err)
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "", "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// A Keeper is a place for passwords.
type Keeper string

// The places for passwords.
const (
	InKeyring     Keeper = "keyring"
	InEnvironment Keeper = "environment"
	InFile        Keeper = "file"
)

// ChooseKeeper lets the user choose the place for passwords. The default is the first of the
// choices, or the keyring if there are none.
func ChooseKeeper(t Terminal, choices ...Keeper) (Keeper, error) {
	t.Say("Passwords can be kept in the keyring of your desktop, in environment variables, or in the file, which")
	t.Say("only you can read then.")
	for {
		answer, err := t.Line(fmt.Sprintf("Where: %s [%s]: ", strings.Join(words(choices), ", "), choices[0]))
		if err != nil {
			return "", ended(err)
		}
		answer = strings.ToLower(strings.TrimSpace(answer))
		for _, c := range choices {
			if answer == "" || strings.HasPrefix(string(c), answer) {
				return c, nil
			}
		}
	}
}

func words(choices []Keeper) (all []string) {
	for _, c := range choices {
		all = append(all, string(c))
	}
	return all
}
