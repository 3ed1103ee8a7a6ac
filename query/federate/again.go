// Errors that a server reports and that DuckDB might not have for the same rows.

package federate

import (
	"errors"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// valueErrors are the codes of MySQL's errors about values and expressions.
var valueErrors = strings.Fields("1054 1055 1064 1140 1210 1253 1264 1267 1271 1292 1305 1365 1366 1411 1441 1525 1582 1690 3020 3854")

// A partError is the error for a partial aggregate that its column cannot hold, such as NaN.
// Fetching the rows instead shows which cell is the cause.
type partError struct{ error }

// OfValue reports whether a server's error is about a value or an expression, and not
// about its state, permissions or the connection.
func OfValue(err error) bool {
	if _, ok := errors.AsType[*partError](err); ok {
		return true
	}
	e, ok := errors.AsType[*driver.Error](err)
	if !ok || e.Phase < driver.Query {
		return false
	}
	postgres := len(e.Code) == 5 && (strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "42") && e.Code != "42501")
	return postgres || e.Code == "SQLITE_ERROR" || e.Code == "SQLITE_MISMATCH" || slices.Contains(valueErrors, e.Code)
}
