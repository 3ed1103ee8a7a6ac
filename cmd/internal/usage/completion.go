// The completion scripts: bash needs no bash-completion package, and all shells complete
// inside open quotes.

package usage

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// standIns are the functions of the bash-completion package that the script calls, for a
// shell that lacks them. They join the words that bash splits at = and :, and complete
// names of files.
const standIns = `# Stand-ins for the bash-completion package.
if ! declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
    _get_comp_words_by_ref()
    {
        local i word blank rest=$COMP_LINE
        words=()
        cword=0
        for i in "${!COMP_WORDS[@]}"; do
            word=${COMP_WORDS[i]}
            blank=
            if [[ $rest == [[:blank:]]* ]]; then
                blank=1
                rest=${rest#"${rest%%[![:blank:]]*}"}
            fi
            rest=${rest#"$word"}
            if [[ -z $blank && ${#words[@]} -gt 0 ]]; then
                words[${#words[@]}-1]+=$word
            else
                words+=("$word")
            fi
            if ((i == COMP_CWORD)); then
                cword=$((${#words[@]} - 1))
            fi
        done
        cur=${words[cword]}
        prev=
        if ((cword > 0)); then
            prev=${words[cword-1]}
        fi
    }
fi
if ! declare -F _filedir >/dev/null 2>&1; then
    _filedir()
    {
        local name action=-f suffixes=${1-}
        if [[ $suffixes == -d ]]; then
            action=-d
            suffixes=
        fi
        suffixes=${suffixes%|}
        while IFS='' read -r name; do
            if [[ -z $suffixes || -d $name || $name =~ \.($suffixes)$ ]]; then
                COMPREPLY+=("$name")
            fi
        done < <(compgen "$action" -- "$cur")
    }
fi

`

// changes are replacements in cobra's scripts, by shell. They are for words in an open quote,
// such as 'eu-*,u: the quote is closed for the request, and the offered words are inside it.
// In fish, SQL in the words before it would otherwise be run as commands.
var changes = map[string][]struct{ from, to string }{
	"bash": {
		{`    __fanql_debug "Calling ${requestComp}"
`, `    __fanql_debug "Calling ${requestComp}"
    __fanql_open=
    if [[ ${cur} == [\'\"]* && ${cur:1} != *"${cur:0:1}"* ]]; then
        __fanql_open=${cur:0:1}
        requestComp+=${__fanql_open}
        cur=${cur:1}
    fi
`},
		{`    __fanql_debug "__fanql_handle_completion_types: COMP_TYPE is $COMP_TYPE"
`, `    __fanql_debug "__fanql_handle_completion_types: COMP_TYPE is $COMP_TYPE"
    if [[ -n $__fanql_open ]]; then
        local compline tab=$'\t'
        for compline in "${completions[@]}"; do
            compline=${compline%%$tab*}
            if [[ $compline == "$cur"* ]]; then
                COMPREPLY+=("$compline")
            fi
        done
        return 0
    fi
`},
		{`    local comp="$1"
    local char=$2
`, `    local comp="$1"
    local char=$2
    if [[ -n $__fanql_open ]]; then
        return 0 # bash breaks no words there
    fi
`},
	},
	"zsh": {
		{`    __fanql_debug "About to call: eval ${requestComp}"
`, `    __fanql_debug "About to call: eval ${requestComp}"
    if [[ "${lastParam[1]}" == ["'\""] && "${lastParam[2,-1]}" != *"${lastParam[1]}"* ]]; then
        requestComp="${requestComp}${lastParam[1]}"
    fi
`},
	},
	"fish": {
		{`    set -l args (commandline -opc)
`, `    set -l args (string escape -- (commandline -opc))
`},
		{`    set -l lastArg (string escape -- (commandline -ct))
`, `    set -l lastArg (string escape -- (commandline -ct | string replace -r '^[\'"]' ''))
`},
		{`        set -l prefix (commandline -t | string escape --style=regex)
`, `        set -l prefix (commandline -t | string replace -r '^[\'"]' '' | string escape --style=regex)
`},
	},
}

// changed applies the changes to a shell's script.
func changed(shell, script string) (string, error) {
	for _, c := range changes[shell] {
		if strings.Count(script, c.from) != 1 {
			return "", fmt.Errorf("the completion script for %s has another form: %q", shell, c.from)
		}
		script = strings.Replace(script, c.from, c.to, 1)
	}
	return script, nil
}

// needsPackage is cobra's remark about its own script.
const needsPackage = `This script depends on the 'bash-completion' package.
If it is not installed already, you can install it via your OS's package manager.

`

// scripts write the completion script for a shell. Other shells have cobra's script.
var scripts = map[string]func(root *cobra.Command, w io.Writer, described bool) error{
	"bash": script("bash", standIns, (*cobra.Command).GenBashCompletionV2),
	"zsh": script("zsh", "", func(root *cobra.Command, w io.Writer, described bool) error {
		if described {
			return root.GenZshCompletion(w)
		}
		return root.GenZshCompletionNoDesc(w)
	}),
	"fish": script("fish", "", (*cobra.Command).GenFishCompletion),
}

// script returns a function that writes cobra's script for a shell, with our changes and
// after the text before.
func script(shell, before string, generate func(root *cobra.Command, w io.Writer, described bool) error) func(*cobra.Command, io.Writer, bool) error {
	return func(root *cobra.Command, w io.Writer, described bool) error {
		var text bytes.Buffer
		if err := generate(root, &text, described); err != nil {
			return err
		}
		own, err := changed(shell, text.String())
		if err == nil {
			_, err = io.WriteString(w, before+own)
		}
		return err
	}
}
