package netbox

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The small types that occur tens of times in one device (choices, nested
// objects, tags, custom fields) decode themselves with the scanner of this
// file instead of reflection: the strings of one object then share one
// allocation. encoding/json hands an UnmarshalJSON method valid JSON, but a
// caller may hand it anything, so every step checks its bounds.

var errSyntax = errors.New("netbox: not valid JSON")

// scanner walks one JSON value without copying it.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the next byte that is no space, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos >= len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

// accept steps over c when it is the next byte that is no space.
func (s *scanner) accept(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// str steps over a string and returns it with its quotes.
func (s *scanner) str() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, false
	}
	start := s.pos
	for s.pos++; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case '\\':
			s.pos++
		case '"':
			s.pos++
			return s.data[start:s.pos], true
		}
	}
	return nil, false
}

// value steps over any value and returns its bytes.
func (s *scanner) value() ([]byte, bool) {
	first := s.peek()
	start := s.pos
	switch first {
	case 0:
		return nil, false
	case '"':
		return s.str()
	case '{', '[':
		depth := 0
		for s.pos < len(s.data) {
			switch s.data[s.pos] {
			case '"':
				if _, ok := s.str(); !ok {
					return nil, false
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			s.pos++
			if depth == 0 {
				return s.data[start:s.pos], true
			}
		}
		return nil, false
	}
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n', ',', ':', '}', ']', '{', '[', '"':
			return s.data[start:s.pos], s.pos > start
		}
		s.pos++
	}
	return s.data[start:s.pos], true
}

// member steps over the next `"key": value` of an object; first tells whether
// it is the first one. done is true after the closing brace. The key comes
// without its quotes; names that NetBox uses contain no escapes.
func (s *scanner) member(first bool) (key, value []byte, done bool, err error) {
	if first {
		if !s.accept('{') {
			return nil, nil, true, errSyntax
		}
		if s.accept('}') {
			return nil, nil, true, nil
		}
	} else {
		if s.accept('}') {
			return nil, nil, true, nil
		}
		if !s.accept(',') {
			return nil, nil, true, errSyntax
		}
	}
	key, ok := s.str()
	if !ok || !s.accept(':') {
		return nil, nil, true, errSyntax
	}
	value, ok = s.value()
	if !ok {
		return nil, nil, true, errSyntax
	}
	return key[1 : len(key)-1], value, false, nil
}

// element steps over the next element of an array, as member does for objects.
func (s *scanner) element(first bool) (value []byte, done bool, err error) {
	if first {
		if !s.accept('[') {
			return nil, true, errSyntax
		}
		if s.accept(']') {
			return nil, true, nil
		}
	} else {
		if s.accept(']') {
			return nil, true, nil
		}
		if !s.accept(',') {
			return nil, true, errSyntax
		}
	}
	value, ok := s.value()
	if !ok {
		return nil, true, errSyntax
	}
	return value, false, nil
}

func isNull(raw []byte) bool { return len(raw) == 4 && string(raw) == "null" }

// appendText appends the text of a scalar to dst: a string unquoted, a number
// or a boolean as it stands, null and anything composed as nothing.
func appendText(dst, raw []byte) []byte {
	if len(raw) == 0 {
		return dst
	}
	switch raw[0] {
	case '"':
		if len(raw) < 2 {
			return dst
		}
		plain := raw[1 : len(raw)-1]
		for _, c := range plain {
			if c == '\\' || c < ' ' {
				return appendQuoted(dst, raw)
			}
		}
		if !utf8.Valid(plain) {
			return appendQuoted(dst, raw)
		}
		return append(dst, plain...)
	case '{', '[':
		return dst
	}
	if isNull(raw) {
		return dst
	}
	return append(dst, raw...)
}

// appendQuoted appends a string with escapes or invalid UTF-8 the way
// encoding/json reads it: lone surrogates and invalid bytes become U+FFFD.
func appendQuoted(dst, raw []byte) []byte {
	for i := 1; i < len(raw)-1; {
		c := raw[i]
		switch {
		case c == '\\' && i+1 < len(raw)-1:
			var n int
			dst, n = appendEscape(dst, raw[i:len(raw)-1])
			i += n
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(raw[i : len(raw)-1])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}

// appendEscape appends what the escape at the start of s stands for and
// returns its length.
func appendEscape(dst, s []byte) ([]byte, int) {
	switch s[1] {
	case 'b':
		return append(dst, '\b'), 2
	case 'f':
		return append(dst, '\f'), 2
	case 'n':
		return append(dst, '\n'), 2
	case 'r':
		return append(dst, '\r'), 2
	case 't':
		return append(dst, '\t'), 2
	case 'u':
		r := hexRune(s)
		if r < 0 {
			return append(dst, s[1]), 2
		}
		if utf16.IsSurrogate(r) {
			if pair := utf16.DecodeRune(r, hexRune(s[6:])); pair != utf8.RuneError {
				return utf8.AppendRune(dst, pair), 12
			}
		}
		return utf8.AppendRune(dst, r), 6 // a lone surrogate becomes U+FFFD
	}
	return append(dst, s[1]), 2
}

// hexRune reads \uXXXX; -1 when s does not start with one.
func hexRune(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// text returns the text of a scalar as appendText appends it.
func text(raw []byte) string {
	var buf [64]byte
	b := appendText(buf[:0], raw)
	if known, ok := knownText(b); ok {
		return known
	}
	return string(b)
}

// number reads an integer, written as a number (12, 12.0) or as a string.
func number(raw []byte) int64 {
	if len(raw) >= 2 && raw[0] == '"' {
		raw = raw[1 : len(raw)-1]
	}
	negative := len(raw) > 0 && raw[0] == '-'
	if negative {
		raw = raw[1:]
	}
	if len(raw) > 18 {
		return 0
	}
	var n int64
	for _, c := range raw {
		if c == '.' {
			break
		}
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		return -n
	}
	return n
}

// packer gathers several texts and turns them into strings that share one
// allocation. A text equal to the one gathered before is kept once. Its methods
// return the packer instead of changing it in place, which would move the
// buffer that it starts with to the heap.
type packer struct {
	buf  []byte
	last span
}

type span struct{ from, to int }

func (p packer) add(raw []byte) (packer, span) {
	from := len(p.buf)
	p.buf = appendText(p.buf, raw)
	at := span{from, len(p.buf)}
	if at.from < at.to && bytes.Equal(p.buf[at.from:], p.buf[p.last.from:p.last.to]) {
		p.buf = p.buf[:at.from]
		return p, p.last
	}
	p.last = at
	return p, at
}

// addKey adds an object's key, given without its quotes.
func (p packer) addKey(key []byte) (packer, span) {
	from := len(p.buf)
	if bytes.IndexByte(key, '\\') < 0 && utf8.Valid(key) {
		p.buf = append(p.buf, key...)
	} else {
		p.buf = appendQuoted(p.buf, append(append([]byte{'"'}, key...), '"'))
	}
	return p, span{from, len(p.buf)}
}

func (s span) of(all string) string { return all[s.from:s.to] }
