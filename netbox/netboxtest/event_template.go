package netboxtest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// template is a Jinja2 template of the kind that webhooks mostly have: text
// with {{ names.with.dots | filters }} in it. What else Jinja2 can do is
// refused when the webhook is written.
type template []templatePart

type templatePart struct {
	text    string   // as it is, where there are no names
	names   []string // the path to a value
	filters []string
}

// templateFilters are the filters that are understood.
const templateFilters = " tojson upper lower header_safe "

// The texts of NetBox and of Jinja2.
const (
	badTemplate     = "Invalid Jinja2 template syntax"
	notSerializable = "Object of type Undefined is not JSON serializable"
)

func parseTemplate(src string) (template, error) {
	var out template
	src = strings.ReplaceAll(src, "\r\n", "\n")
	src = strings.TrimSuffix(src, "\n") // Jinja2 drops one at the end
	for src != "" {
		at := strings.IndexByte(src, '{')
		for at >= 0 && (at+1 == len(src) || !strings.ContainsRune("{%#", rune(src[at+1]))) {
			next := strings.IndexByte(src[at+1:], '{')
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		if at < 0 {
			return append(out, templatePart{text: src}), nil
		}
		if at > 0 {
			out = append(out, templatePart{text: src[:at]})
		}
		kind := src[at+1]
		if kind == '%' {
			return nil, errors.New("netboxtest knows no {% statements %}, only {{ names.with.dots }} and the filters" + templateFilters[:len(templateFilters)-1])
		}
		end := "}}"
		if kind == '#' {
			end = "#}"
		}
		inner, rest, ok := strings.Cut(src[at+2:], end)
		if !ok {
			return nil, fmt.Errorf("%s: unexpected end of template, expected %q", badTemplate, end)
		}
		src = rest
		if kind == '#' {
			continue
		}
		part, err := parseExpression(inner)
		if err != nil {
			return nil, err
		}
		out = append(out, part)
	}
	return out, nil
}

func parseExpression(src string) (templatePart, error) {
	pieces := strings.Split(src, "|")
	var p templatePart
	for name := range strings.SplitSeq(strings.TrimSpace(pieces[0]), ".") {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			return p, fmt.Errorf("netboxtest knows {{ names.with.dots }}, not {{%s}}", src)
		}
		p.names = append(p.names, name)
	}
	for _, f := range pieces[1:] {
		f = strings.TrimSpace(f)
		if f == "" || !strings.Contains(templateFilters, " "+f+" ") {
			return p, fmt.Errorf("netboxtest does not know the filter %q: use one of%s", f, templateFilters[:len(templateFilters)-1])
		}
		p.filters = append(p.filters, f)
	}
	return p, nil
}

// render fills a template. An unknown name is empty; a name within an unknown
// one is an error, which kills the delivery.
func (t template) render(context object) (string, error) {
	var out strings.Builder
	for _, p := range t {
		if p.names == nil {
			out.WriteString(p.text)
			continue
		}
		v, err := p.value(context)
		if err != nil {
			return "", err
		}
		if _, gone := v.(missing); !gone {
			out.WriteString(plain(v))
		}
	}
	return out.String(), nil
}

func (p templatePart) value(context object) (any, error) {
	v := any(context)
	for i, name := range p.names {
		switch at := v.(type) {
		case missing:
			return nil, fmt.Errorf("'%s' is undefined", strings.Join(p.names[:i], "."))
		case object:
			next, ok := at.get(name)
			if !ok {
				next = missing{}
			}
			v = next
		case []any:
			v = missing{}
			if n, err := strconv.Atoi(name); err == nil && n < len(at) {
				v = at[n]
			}
		default:
			v = missing{}
		}
	}
	for _, f := range p.filters {
		_, gone := v.(missing)
		switch {
		case f == "tojson" && gone:
			return nil, errors.New(notSerializable)
		case f == "tojson":
			v = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`).Replace(string(appendPython(nil, sortedKeys(v))))
		case gone:
			v = ""
		case f == "upper":
			v = strings.ToUpper(plain(v))
		case f == "lower":
			v = strings.ToLower(plain(v))
		case f == "header_safe":
			v = strings.NewReplacer("\r", "", "\n", "").Replace(plain(v))
		}
	}
	return v, nil
}

// sortedKeys orders objects by key, as tojson does.
func sortedKeys(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = sortedKeys(item)
		}
		return out
	case object:
		out := make(object, len(v))
		for i, m := range v {
			out[i] = member{m.key, sortedKeys(m.value)}
		}
		slices.SortFunc(out, func(a, b member) int { return strings.Compare(a.key, b.key) })
		return out
	}
	return v
}
