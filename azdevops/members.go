package azdevops

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// members goes through the members of a JSON object that is known to be valid,
// without copying: names and values are parts of the object's bytes. Anything but an
// object has none.
func members(object []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		i := blank(object, 0)
		if i >= len(object) || object[i] != '{' {
			return
		}
		for i = blank(object, i+1); i < len(object) && object[i] == '"'; i = blank(object, i) {
			end := valueEnd(object, i)
			name := object[i+1 : max(i+1, end-1)]
			if bytes.IndexByte(name, '\\') >= 0 {
				name = []byte(unquote(object[i:end]))
			}
			start := blank(object, blank(object, end)+1) // behind the colon
			i = valueEnd(object, start)
			if start >= i || !yield(name, object[start:i:i]) {
				return
			}
			if i = blank(object, i); i < len(object) && object[i] == ',' {
				i++
			}
		}
	}
}

// blank is the next place that is no white space.
func blank(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// valueEnd is the end of the value that begins at a place.
func valueEnd(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return min(i+1, len(text))
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// unquote is a JSON string as text, and "" for anything else.
func unquote(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	for _, b := range value {
		if b == '\\' || b >= utf8.RuneSelf {
			var text string
			if json.Unmarshal(value, &text) != nil {
				return ""
			}
			return text
		}
	}
	return string(value[1 : len(value)-1])
}
