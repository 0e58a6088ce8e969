package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// node is a JSON value that keeps the order and the repetition of members.
type node struct {
	kind    kind
	text    string // of a string, a number or a boolean
	members []member
	items   []node
}

type member struct {
	name  string
	value node
}

type kind string

const (
	nullKind    kind = "null"
	textKind    kind = "text"
	numberKind  kind = "number"
	booleanKind kind = "boolean"
	listKind    kind = "list"
	objectKind  kind = "object"
)

// maxDepth is far beyond what a document needs, and far below what a stack holds.
const maxDepth = 16

// parse reads one JSON value and nothing after it.
func parse(data []byte) (node, error) {
	if !utf8.Valid(data) {
		return node{}, errors.New("the document is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	n, err := parseValue(dec, 0)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return n, nil
		}
		if err == nil {
			err = errors.New("there is something after the document")
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	before := data[:min(int(dec.InputOffset()), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	return node{}, fmt.Errorf("line %d, column %d: %w", line, len(before)-bytes.LastIndexByte(before, '\n'), err)
}

func parseValue(dec *json.Decoder, depth int) (node, error) {
	token, err := dec.Token()
	if err != nil {
		return node{}, err
	}
	switch t := token.(type) {
	case nil:
		return node{kind: nullKind}, nil
	case string:
		return node{kind: textKind, text: t}, nil
	case json.Number:
		return node{kind: numberKind, text: t.String()}, nil
	case bool:
		return node{kind: booleanKind, text: fmt.Sprint(t)}, nil
	}
	if depth == maxDepth {
		return node{}, fmt.Errorf("more than %d lists and objects within one another", maxDepth)
	}
	n := node{kind: listKind}
	if token == json.Delim('{') {
		n.kind = objectKind
	}
	for dec.More() {
		m := member{}
		if n.kind == objectKind {
			key, err := dec.Token()
			if err != nil {
				return node{}, err
			}
			m.name, _ = key.(string) // the decoder lets nothing else pass
		}
		if m.value, err = parseValue(dec, depth+1); err != nil {
			return node{}, err
		}
		if n.kind == objectKind {
			n.members = append(n.members, m)
		} else {
			n.items = append(n.items, m.value)
		}
	}
	_, err = dec.Token() // the closing bracket
	return n, err
}

// canonical writes the value without space, members sorted, so that two documents
// that say the same have one digest.
func (n node) canonical(b *bytes.Buffer) {
	switch n.kind {
	case textKind:
		b.WriteString(strconv.Quote(n.text))
	case listKind:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.canonical(b)
		}
		b.WriteByte(']')
	case objectKind:
		sorted := slices.Clone(n.members)
		slices.SortStableFunc(sorted, func(a, b member) int { return strings.Compare(a.name, b.name) })
		b.WriteByte('{')
		for i, m := range sorted {
			if i > 0 {
				b.WriteByte(',')
			}
			node{kind: textKind, text: m.name}.canonical(b)
			b.WriteByte(':')
			m.value.canonical(b)
		}
		b.WriteByte('}')
	case nullKind:
		b.WriteString("null")
	default:
		b.WriteString(n.text)
	}
}

// place is a value with its path, and where mistakes about it are noted.
type place struct {
	node
	path     string
	problems *[]Problem
}

func (p place) problem(format string, args ...any) {
	*p.problems = append(*p.problems, Problem{p.path, fmt.Sprintf(format, args...)})
}

func (p place) is(want kind) bool {
	if p.kind != want {
		p.problem("is %s, wants %s", article(p.kind), article(want))
	}
	return p.kind == want
}

func article(k kind) string {
	switch k {
	case nullKind:
		return string(k)
	case objectKind:
		return "an " + string(k)
	default:
		return "a " + string(k)
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func (p place) at(m member) place {
	path := p.path + "." + m.name
	if !plainName.MatchString(m.name) {
		path = fmt.Sprintf("%s[%q]", p.path, m.name)
	}
	return place{m.value, path, p.problems}
}

func (p place) item(i int) place {
	return place{p.items[i], fmt.Sprintf("%s[%d]", p.path, i), p.problems}
}

// each visits the members of an object, each name once.
func (p place) each(do func(name string, at place)) {
	if !p.is(objectKind) {
		return
	}
	seen := make(map[string]bool, len(p.members))
	for _, m := range p.members {
		if seen[m.name] {
			p.at(m).problem("stands twice")
			continue
		}
		seen[m.name] = true
		do(m.name, p.at(m))
	}
}

// fields visits the members of an object of which the names are given; others are
// mistakes.
func (p place) fields(known map[string]func(place)) {
	p.each(func(name string, at place) {
		if read, there := known[name]; there {
			read(at)
			return
		}
		names := make([]string, 0, len(known))
		for k := range known {
			names = append(names, k)
		}
		slices.Sort(names)
		at.problem("is not known here; known are %s", strings.Join(names, ", "))
	})
}

// list visits the items of a list.
func (p place) list(do func(i int, at place)) {
	if !p.is(listKind) {
		return
	}
	for i := range p.items {
		do(i, p.item(i))
	}
}

func (p place) string(into *string) {
	if p.is(textKind) {
		*into = p.text
	}
}

func (p place) bool(into *bool) {
	if p.is(booleanKind) {
		*into = p.text == "true"
	}
}

func (p place) strings(into *[]string) {
	p.list(func(_ int, at place) {
		s := ""
		at.string(&s)
		*into = append(*into, s)
	})
}

var integer = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)

// word reads a key or value of a map: a text, or a number or boolean as its text,
// because ServiceNow writes choices as text and people write them as numbers.
func (p place) word() (string, bool) {
	switch {
	case p.kind == numberKind && !integer.MatchString(p.text):
		p.problem("is the number %s: write numbers that are not whole as text", p.text)
		return "", false
	case p.kind == textKind || p.kind == numberKind || p.kind == booleanKind:
		return p.text, true
	default:
		p.problem("is %s, wants a text", article(p.kind))
		return "", false
	}
}
