// JSON: the report as it is.

package checkformat

import (
	"encoding/json"
	"io"

	"github.com/fanql/fanql/cmd/internal/checks"
)

func writeJSON(w io.Writer, r *checks.Report, _ Options) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
