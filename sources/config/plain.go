// The forms of YAML that are read without the library: keys, scalars on one line, and lists
// of them. A form that could have another meaning in YAML is not plain.

package config

import "strings"

// plainKey reads a key, its colon and the following blanks, and returns the rest.
func plainKey(text string) (key, rest string, ok bool) {
	key, rest, ok = strings.Cut(text, ":")
	if !ok || key == "" || rest != "" && rest[0] != ' ' || isNull(key) || key[0] >= '0' && key[0] <= '9' {
		return "", "", false
	}
	if key != "<<" && !isName(key) {
		return "", "", false
	}
	return key, strings.TrimLeft(rest, " "), true
}

// plainValues reads the value of a key, a scalar or a list in [ ], and returns the text
// after it. For << the value is the name of its only anchor.
func plainValues(key, text string, flow bool) (values []string, rest string, ok bool) {
	if key == "<<" {
		name, ok := strings.CutPrefix(text, "*")
		if !ok {
			return nil, "", false
		}
		end := strings.IndexFunc(name, func(r rune) bool { return !isWord(r) && r != '-' })
		if end < 0 {
			end = len(name)
		}
		return []string{name[:end]}, name[end:], end > 0
	}
	text, listed := strings.CutPrefix(text, "[")
	if !listed {
		value, rest, ok := plainScalar(text, flow)
		return []string{value}, rest, ok
	}
	values, text = []string{}, strings.TrimLeft(text, " ")
	if rest, ok := strings.CutPrefix(text, "]"); ok {
		return values, rest, true
	}
	for {
		text = strings.TrimLeft(text, " ")
		value, rest, ok := plainScalar(text, true)
		if !ok || text[0] != '\'' && text[0] != '"' && strings.Contains(value, ":") {
			return nil, "", false // [tag:prod] may be a mapping
		}
		values = append(values, value)
		rest = strings.TrimLeft(rest, " ")
		if after, ok := strings.CutPrefix(rest, "]"); ok {
			return values, after, true
		}
		if text, ok = strings.CutPrefix(rest, ","); !ok {
			return nil, "", false
		}
	}
}

// plainScalar reads a scalar and returns the text after it. Flow says that it is in { } or
// [ ], where more characters end it.
func plainScalar(text string, flow bool) (value, rest string, ok bool) {
	if text == "" {
		return "", "", false
	}
	if quote := text[0]; quote == '\'' || quote == '"' {
		value, rest, ok = strings.Cut(text[1:], text[:1])
		escaped := strings.HasPrefix(rest, text[:1]) || quote == '"' && strings.Contains(value, `\`)
		return value, rest, ok && value != "" && !escaped && !strings.ContainsFunc(value, isControl)
	}
	end := len(text)
	if flow {
		end = strings.IndexAny(text+" ", ",]} ")
	} else if i := strings.Index(text, " #"); i >= 0 {
		end = i
	}
	value = strings.TrimRight(text[:end], " ")
	ok = value != "" && !isNull(value) && (isLetterOrDigit(value[0]) || strings.IndexByte("_/.$~", value[0]) >= 0)
	for i := range len(value) {
		c := value[i]
		switch {
		case isLetterOrDigit(c) || strings.IndexByte("_-./@?=%+~;()$*", c) >= 0:
		case c == ':': // ends a key before a blank, and at the end
			ok = ok && i+1 < len(value) && value[i+1] != ' '
		case strings.IndexByte(" {},&[]", c) >= 0:
			ok = ok && !flow
		default:
			ok = false
		}
	}
	return value, text[end:], ok
}

// endOfValue reports whether a text after a value has nothing except a comment.
func endOfValue(text string) bool {
	word := strings.TrimLeft(text, " ")
	return word == "" || word[0] == '#' && len(word) < len(text)
}

func isNull(word string) bool { return word == "~" || strings.EqualFold(word, "null") }

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func isLetterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
