// Parameters: from their canonical text to the driver's values.

package mysql

import (
	sqldriver "database/sql/driver"
	"fmt"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

func bind(args []driver.Arg) ([]sqldriver.NamedValue, error) {
	values := make([]sqldriver.NamedValue, len(args))
	for i, arg := range args {
		v, err := bound(arg)
		if err != nil {
			return nil, fmt.Errorf("parameter :%s: %w", arg.Name, err)
		}
		values[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return values, nil
}

func bound(arg driver.Arg) (sqldriver.Value, error) {
	if arg.Null {
		return nil, nil
	}
	switch arg.Type {
	case driver.Int:
		if n, err := strconv.ParseInt(arg.Value, 10, 64); err == nil {
			return n, nil
		}
		n, err := strconv.ParseUint(arg.Value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not an integer of 64 bits", arg.Value)
		}
		return n, nil
	case driver.Bool:
		if arg.Value == "true" {
			return int64(1), nil
		}
		return int64(0), nil
	case driver.Timestamp:
		// The session is in UTC; MariaDB takes no offset in a literal.
		return strings.TrimSuffix(arg.Value, "+00:00"), nil
	case driver.Auto, driver.Text, driver.Decimal, driver.Date:
	}
	return arg.Value, nil
}
