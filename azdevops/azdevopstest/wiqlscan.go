package azdevopstest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexeme is a piece of a query: a word, a field in brackets, a literal, a macro
// or a sign.
type lexeme struct {
	kind lexemeKind
	text string // without brackets and quotes
}

type lexemeKind byte

const (
	endOfQuery lexemeKind = iota
	word
	bracketed
	quoted
	numeral
	macro
	sign
)

// is reports whether a lexeme is a word or a sign, whatever its case.
func (l lexeme) is(text string) bool {
	return (l.kind == word || l.kind == sign) && strings.EqualFold(l.text, text)
}

// queryError is why a query cannot be answered, in the words of the service: the
// codes are those that users report, not all verified on a real instance.
type queryError string

// Error is the service's text.
func (e queryError) Error() string { return string(e) }

func refusal(format string, args ...any) error { return queryError(fmt.Sprintf(format, args...)) }

// lexemesOf takes a query apart. Literals stand in single or double quotes, a
// quote inside is doubled (documentation of the query language and what its
// users report).
func lexemesOf(text string) ([]lexeme, error) {
	var all []lexeme
	for text = strings.TrimLeftFunc(text, unicode.IsSpace); text != ""; text = strings.TrimLeftFunc(text, unicode.IsSpace) {
		l, rest, err := nextLexeme(text)
		if err != nil {
			return nil, err
		}
		all, text = append(all, l), rest
	}
	return append(all, lexeme{}), nil
}

func nextLexeme(text string) (lexeme, string, error) {
	switch c := text[0]; {
	case c == '\'' || c == '"':
		return literalAt(text)
	case c == '[':
		name, rest, closed := strings.Cut(text[1:], "]")
		if !closed {
			return lexeme{}, "", refusal("TF51009: A field name is not closed by a bracket. The error is caused by «%s».", text)
		}
		return lexeme{bracketed, strings.TrimSpace(name)}, rest, nil
	case c == '@':
		n := 1 + lengthOf(text[1:], inWord)
		return lexeme{macro, text[:n]}, text[n:], nil
	case c >= '0' && c <= '9':
		n := lengthOf(text, func(r rune) bool { return unicode.IsDigit(r) || r == '.' })
		return lexeme{numeral, text[:n]}, text[n:], nil
	}
	for _, s := range [...]string{"<>", "<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-", "."} {
		if strings.HasPrefix(text, s) {
			return lexeme{sign, s}, text[len(s):], nil
		}
	}
	n := len(strings.TrimSuffix(text[:lengthOf(text, func(r rune) bool { return inWord(r) || r == '.' })], "."))
	if n == 0 {
		return lexeme{}, "", refusal("TF51006: The query has a character that cannot stand there. The error is caused by «%s».", text)
	}
	return lexeme{word, text[:n]}, text[n:], nil
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// lengthOf is how many bytes at the beginning of a text are of a kind.
func lengthOf(text string, of func(rune) bool) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !of(r) {
			break
		}
		n += size
	}
	return n
}

func literalAt(text string) (lexeme, string, error) {
	mark := text[0]
	var value strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != mark:
			value.WriteByte(text[i])
		case i+1 < len(text) && text[i+1] == mark:
			value.WriteByte(mark)
			i++
		default:
			return lexeme{quoted, value.String()}, text[i+1:], nil
		}
	}
	return lexeme{}, "", refusal("TF51008: The query has a string that is not closed. The error is caused by «%s».", text)
}
