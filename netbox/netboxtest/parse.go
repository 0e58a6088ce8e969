package netboxtest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number is a JSON number as it was written.
type number string

// object is a JSON object in the order in which it was written. Of a key given
// twice the later value counts.
type object []member

type member struct {
	key   string
	value any
}

func (o object) get(key string) (any, bool) {
	for _, m := range o {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

func (o object) put(key string, v any) object {
	for i := range o {
		if o[i].key == key {
			o[i].value = v
			return o
		}
	}
	return append(o, member{key, v})
}

func (n number) integer() (int64, bool) {
	i, err := strconv.ParseInt(string(n), 10, 64)
	return i, err == nil
}

// maxDepth bounds how deep a body may be nested, so that none can exhaust the stack.
const maxDepth = 200

// parser reads JSON and complains in the words of Python's json module, which
// NetBox passes on.
type parser struct {
	src []byte
	pos int
}

type parseError struct {
	what string
	at   int
	src  []byte
}

// Error says what is wrong and where, as Python's json module does.
func (e *parseError) Error() string {
	at := min(e.at, len(e.src))
	before := string(e.src[:at])
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("%s: line %d column %d (char %d)", e.what, line, column, utf8.RuneCountInString(before))
}

func parseJSON(src []byte) (any, error) {
	p := &parser{src: src}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.src) {
		return nil, p.fail("Extra data", p.pos)
	}
	return v, nil
}

func (p *parser) fail(what string, at int) error { return &parseError{what, at, p.src} }

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) word(w string) bool {
	if strings.HasPrefix(string(p.src[p.pos:min(len(p.src), p.pos+len(w))]), w) {
		p.pos += len(w)
		return true
	}
	return false
}

func (p *parser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.fail("Too deeply nested", p.pos)
	}
	switch c := p.peek(); {
	case c == '"':
		return p.text()
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.list(depth)
	case c == 't' && p.word("true"):
		return true, nil
	case c == 'f' && p.word("false"):
		return false, nil
	case c == 'n' && p.word("null"):
		return nil, nil
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	return nil, p.fail("Expecting value", p.pos)
}

func (p *parser) number() (any, error) {
	start := p.pos
	digits := func() bool {
		n := p.pos
		for p.peek() >= '0' && p.peek() <= '9' {
			p.pos++
		}
		return p.pos > n
	}
	if p.peek() == '-' {
		p.pos++
	}
	if p.peek() == '0' {
		p.pos++
	} else if !digits() {
		return nil, p.fail("Expecting value", start)
	}
	if end := p.pos; p.peek() == '.' {
		p.pos++
		if !digits() {
			p.pos = end
			return number(p.src[start:end]), nil
		}
	}
	if end := p.pos; p.peek() == 'e' || p.peek() == 'E' {
		p.pos++
		if p.peek() == '+' || p.peek() == '-' {
			p.pos++
		}
		if !digits() {
			p.pos = end
		}
	}
	return number(p.src[start:p.pos]), nil
}

func (p *parser) list(depth int) (any, error) {
	p.pos++
	out := []any{}
	p.space()
	if p.peek() == ']' {
		p.pos++
		return out, nil
	}
	for {
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return out, nil
		default:
			return nil, p.fail("Expecting ',' delimiter", p.pos)
		}
	}
}

func (p *parser) object(depth int) (any, error) {
	p.pos++
	out := object{}
	p.space()
	if p.peek() == '}' {
		p.pos++
		return out, nil
	}
	for {
		p.space()
		if p.peek() != '"' {
			return nil, p.fail("Expecting property name enclosed in double quotes", p.pos)
		}
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		p.space()
		if p.peek() != ':' {
			return nil, p.fail("Expecting ':' delimiter", p.pos)
		}
		p.pos++
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = out.put(key, v)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return out, nil
		default:
			return nil, p.fail("Expecting ',' delimiter", p.pos)
		}
	}
}

func (p *parser) text() (string, error) {
	start := p.pos
	p.pos++
	for i := p.pos; i < len(p.src); i++ { // the common case has nothing to unescape
		switch c := p.src[i]; {
		case c == '"':
			s := string(p.src[p.pos:i])
			p.pos = i + 1
			return strings.ToValidUTF8(s, "\ufffd"), nil
		case c == '\\' || c < ' ':
			return p.escaped(start)
		}
	}
	return "", p.fail("Unterminated string starting at", start)
}

func (p *parser) escaped(start int) (string, error) {
	var b strings.Builder
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case c == '"':
			p.pos++
			return strings.ToValidUTF8(b.String(), "\ufffd"), nil
		case c < ' ':
			return "", p.fail("Invalid control character at", p.pos)
		case c != '\\':
			b.WriteByte(c)
			p.pos++
		default:
			r, err := p.escape(start)
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		}
	}
	return "", p.fail("Unterminated string starting at", start)
}

func (p *parser) escape(start int) (rune, error) {
	if p.pos+1 >= len(p.src) {
		return 0, p.fail("Unterminated string starting at", start)
	}
	c := p.src[p.pos+1]
	if c != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			return 0, p.fail(`Invalid \escape`, p.pos)
		}
		p.pos += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	r, ok := p.hex(p.pos)
	if !ok {
		return 0, p.fail(`Invalid \uXXXX escape`, p.pos+1)
	}
	p.pos += 6
	if utf16.IsSurrogate(r) && p.pos+5 < len(p.src) && p.src[p.pos] == '\\' && p.src[p.pos+1] == 'u' {
		if low, ok := p.hex(p.pos); ok {
			if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
				p.pos += 6
				return full, nil
			}
		}
	}
	return r, nil
}

func (p *parser) hex(at int) (rune, bool) {
	if at+6 > len(p.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.src[at+2:at+6]), 16, 32)
	return rune(n), err == nil
}

// python writes a value as Python's repr does: NetBox quotes input that way.
func python(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		q := "'"
		if strings.Contains(v, "'") && !strings.Contains(v, `"`) {
			q = `"`
		}
		r := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
		s := r.Replace(v)
		if q == "'" {
			s = strings.ReplaceAll(s, "'", `\'`)
		}
		return q + s + q
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = python(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case object:
		parts := make([]string, len(v))
		for i, m := range v {
			parts[i] = python(m.key) + ": " + python(m.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case number:
		return string(v)
	}
	return fmt.Sprint(v)
}

// plain is repr for anything but a text, which stays as it is (Python's str).
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return python(v)
}
