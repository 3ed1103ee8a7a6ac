// Whether somebody else reads what is printed.

package process

import (
	"os"
)

// Piped reports whether w is a pipe or a socket: its reader may be a pager, which
// has the terminal to itself, or leave before the end.
func Piped(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}
