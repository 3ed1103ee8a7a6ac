// Which values parameters accept.

package statement

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestValuesBecomeCanonical(t *testing.T) {
	for _, c := range []struct {
		typ       driver.Type
		text      string
		canonical string
	}{
		{driver.Auto, "", ""},
		{driver.Auto, " 'x' ; -- ", " 'x' ; -- "},
		{driver.Text, "größe\n", "größe\n"},
		{driver.Int, "0", "0"},
		{driver.Int, "-0", "0"},
		{driver.Int, "007", "7"},
		{driver.Int, "-9223372036854775808", "-9223372036854775808"},
		{driver.Int, "18446744073709551615", "18446744073709551615"},
		{driver.Decimal, "-12.500", "-12.500"},
		{driver.Decimal, "123456789012345678901234567890.1", "123456789012345678901234567890.1"},
		{driver.Bool, "TRUE", "true"},
		{driver.Bool, "0", "false"},
		{driver.Bool, "Yes", "true"},
		{driver.Bool, "f", "false"},
		{driver.Date, "2024-02-29", "2024-02-29"},
		{driver.Date, "0001-01-01", "0001-01-01"},
		{driver.Timestamp, "2026-01-31 08:30", "2026-01-31 08:30:00"},
		{driver.Timestamp, "2026-01-31T08:30:05.25", "2026-01-31 08:30:05.25"},
		{driver.Timestamp, "2026-01-31T08:30Z", "2026-01-31 08:30:00+00:00"},
		{driver.Timestamp, "2026-01-31 00:30:00.000001+05:45", "2026-01-30 18:45:00.000001+00:00"},
		{driver.Timestamp, "2026-12-31 20:30-03:30", "2027-01-01 00:00:00+00:00"},
	} {
		t.Run(typeNames[c.typ]+" "+c.text, func(t *testing.T) {
			if got, err := canonical(c.typ, c.text); err != nil || got != c.canonical {
				t.Errorf("got %q, %v; want %q", got, err, c.canonical)
			}
		})
	}
}

func TestValuesThatDoNotFitTheirType(t *testing.T) {
	for _, c := range []struct {
		typ  driver.Type
		text string
		want string
	}{
		{driver.Int, "", "is not an int"},
		{driver.Int, "+5", "is not an int"},
		{driver.Int, "1.0", "is not an int"},
		{driver.Int, "1e3", "is not an int"},
		{driver.Int, " 1", "is not an int"},
		{driver.Int, "1\n", "is not an int"},
		{driver.Int, "18446744073709551616", "is not an int"},
		{driver.Int, "-9223372036854775809", "is not an int"},
		{driver.Decimal, "1e3", "is not a decimal"},
		{driver.Decimal, ".5", "is not a decimal"},
		{driver.Decimal, "1.", "is not a decimal"},
		{driver.Decimal, "1,5", "is not a decimal"},
		{driver.Decimal, "NaN", "is not a decimal"},
		{driver.Bool, "on", "is not a bool"},
		{driver.Bool, "", "is not a bool"},
		{driver.Date, "tomorrow", `"tomorrow" is not a date (YYYY-MM-DD, or now, today`},
		{driver.Date, "2026-02-29", "is not a date"},
		{driver.Date, "2026-1-1", "is not a date"},
		{driver.Date, "0000-01-01", "is not a date"},
		{driver.Date, "2026-01-01 00:00", "is not a date"},
		{driver.Timestamp, "2026-01-31", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 24:00", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 08:60", "is not a timestamp"},
		{driver.Timestamp, "2026-02-30 08:30", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 08:30:60", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 08:30.5", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 08:30:00.1234567", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 08:30+16:00", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 08:30+05:60", "is not a timestamp"},
		{driver.Timestamp, "2026-01-31 08:30 UTC", "is not a timestamp"},
		{driver.Timestamp, "0001-01-01 00:00+01:00", "is not a timestamp"},
		{driver.Timestamp, "9999-12-31 23:30-01:00", "is not a timestamp"},
		{driver.Text, "a\x00b", "holds a NUL byte"},
		{driver.Auto, "a\xffb", "is not UTF-8"},
	} {
		t.Run(typeNames[c.typ]+" "+c.text, func(t *testing.T) {
			if got, err := canonical(c.typ, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, %v; want an error: %s", got, err, c.want)
			}
		})
	}
}

func TestWhichValueAParameterGets(t *testing.T) {
	day := "2026-01-31"
	q := Query{Params: map[string]Param{
		"since": {Type: driver.Date, Default: &day},
		"until": {Type: driver.Date, Null: true},
		"free":  {Default: &day},
		"must":  {Type: driver.Int},
	}}
	for _, c := range []struct {
		what, name, given string
		want              driver.Arg
	}{
		{"the default", "since", "", driver.Arg{Name: "since", Type: driver.Date, Value: day}},
		{"the given value", "since", "since=2026-02-01", driver.Arg{Name: "since", Type: driver.Date, Value: "2026-02-01"}},
		{"the given value with the same type", "since", "since:date=2026-02-01", driver.Arg{Name: "since", Type: driver.Date, Value: "2026-02-01"}},
		{"NULL instead of the default", "since", "since:null", driver.Arg{Name: "since", Type: driver.Date, Null: true}},
		{"NULL as the default", "until", "", driver.Arg{Name: "until", Type: driver.Date, Null: true}},
		{"a value instead of NULL", "until", "until=2026-02-01", driver.Arg{Name: "until", Type: driver.Date, Value: "2026-02-01"}},
		{"a type where none is declared", "free", "free:int=5", driver.Arg{Name: "free", Type: driver.Int, Value: "5"}},
		{"a value that is not declared", "other", "other=a=b:c", driver.Arg{Name: "other", Value: "a=b:c"}},
		{"the empty text", "other", "other=", driver.Arg{Name: "other"}},
		{"an undeclared NULL", "other", "other:null", driver.Arg{Name: "other", Null: true}},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := Values{}
			if c.given != "" {
				var err error
				if v, err = ParseValues([]string{c.given}); err != nil {
					t.Fatal(err)
				}
			}
			if got, ok, err := q.value(c.name, v); !slices.Equal(got.args, []driver.Arg{c.want}) || got.list || !ok || err != nil {
				t.Errorf("got %+v, %v, %v; want %+v", got, ok, err, c.want)
			}
		})
	}
	if got, ok, err := q.value("must", nil); ok || err != nil {
		t.Errorf("without default or value: got %+v, %v", got, err)
	}
}

func TestValuesThatCannotBeParsed(t *testing.T) {
	for _, c := range []struct {
		what string
		args []string
		want string
	}{
		{"no value", []string{"since"}, `parameter "since" has no value: give since=value, or since:null for NULL`},
		{"a type alone", []string{"since:date"}, `parameter "since:date" has no value: give since=value, or since:null for NULL`},
		{"no name", []string{"=5"}, `parameter "=5": give name=value, where the name starts with a letter`},
		{"an invalid name", []string{"1st=5"}, `parameter "1st=5": give name=value, where the name starts with a letter`},
		{"a name with a space", []string{"a b=5"}, `parameter "a b=5": give name=value, where the name starts with a letter`},
		{"an unknown type", []string{"a:dat=5"}, `parameter :a: unknown type "dat": did you mean date? (there are text, int, decimal, bool, date, timestamp, and each with [] for a list)`},
		{"a type unlike any other", []string{"a:uuid=5"}, `parameter :a: unknown type "uuid": there are text, int, decimal, bool, date, timestamp, and each with [] for a list`},
		{"a name given twice", []string{"a=1", "a=1"}, "parameter :a is given twice"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if _, err := ParseValues(c.args); err == nil || err.Error() != c.want {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
}
