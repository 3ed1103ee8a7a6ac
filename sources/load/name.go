// Names of tables as users write them.

package load

import (
	"errors"
	"fmt"
	"strings"
)

// SplitName splits a name such as shop.orders or "my shop".orders into its parts. The
// quotes are those that may surround a part. Parts without quotes are folded by fold,
// which may be nil.
func SplitName(name, quotes string, fold func(string) string) (parts []string, err error) {
	rest := strings.TrimSpace(name)
	for {
		var part string
		if rest != "" && strings.IndexByte(quotes, rest[0]) >= 0 {
			if part, rest, err = quoted(rest); err != nil {
				return nil, fmt.Errorf("table %s: %w", name, err)
			}
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			part, rest = strings.TrimSpace(rest[:end]), rest[end:]
			if strings.ContainsAny(part, "\"`'[]();\x00") {
				return nil, fmt.Errorf("table %s: a name with such characters is written in quotes", name)
			}
			if fold != nil {
				part = fold(part)
			}
		}
		if part == "" {
			return nil, fmt.Errorf("table %s: a part of its name is empty", name)
		}
		parts = append(parts, part)
		if rest == "" {
			return parts, nil
		}
		if rest[0] != '.' {
			return nil, fmt.Errorf("table %s: write NAME or SCHEMA.NAME", name)
		}
		rest = rest[1:]
	}
}

// quoted reads a part in quotes, in which a doubled quote stands for one.
func quoted(text string) (part, rest string, err error) {
	quote := text[:1]
	if quote == "[" {
		quote = "]"
	}
	for rest = text[1:]; ; {
		inside, after, found := strings.Cut(rest, quote)
		if !found {
			return "", "", errors.New("a quote does not end")
		}
		part += inside
		if quote != "]" && strings.HasPrefix(after, quote) {
			part, rest = part+quote, after[1:]
			continue
		}
		return part, after, nil
	}
}
