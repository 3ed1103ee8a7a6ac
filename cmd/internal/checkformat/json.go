// JSON: the report as it is.

package checkformat

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
)

func writeJSON(w io.Writer, r *checks.Report, _ Options) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	_, err := w.Write(output.SafeJSON(text.Bytes()))
	return err
}
