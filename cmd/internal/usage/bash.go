// Completion in bash without the bash-completion package.

package usage

import (
	"bytes"
	"io"

	"github.com/spf13/cobra"
)

// standIns are the functions of the bash-completion package that the script calls, for a
// shell that lacks them: the words with those rejoined that bash splits at = and :, and
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

// needsPackage is what cobra says of its own script.
const needsPackage = `This script depends on the 'bash-completion' package.
If it is not installed already, you can install it via your OS's package manager.

`

// bashCompletion writes the completion for bash.
func bashCompletion(root *cobra.Command, w io.Writer, described bool) error {
	var script bytes.Buffer
	if err := root.GenBashCompletionV2(&script, described); err != nil {
		return err
	}
	_, err := io.WriteString(w, standIns+script.String())
	return err
}
