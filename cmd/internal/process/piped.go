// Whether another program reads the output.

package process

import (
	"os"
)

// Piped reports whether w is a pipe or a socket: its reader may be a pager, which uses
// the whole terminal, or exit before the end.
func Piped(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}
