package servicenowtest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// The types of bodies.
const (
	jsonType = "application/json;charset=UTF-8"
	xmlType  = "application/xml;charset=UTF-8"
)

// form is how an answer is written.
type form int

const (
	noForm form = iota // none that the client accepts
	inJSON
	inXML
)

// formOf chooses the form of an answer: the first that the Accept header names
// and the API has, JSON when the header is missing (REST API documentation: both
// are served, JSON is the default). That weights do not count is not documented.
func formOf(r *http.Request) form {
	header := r.Header.Get("Accept")
	if header == "" {
		return inJSON
	}
	for part := range strings.SplitSeq(header, ",") {
		media, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(media)) {
		case "*/*", "application/*", "application/json", "text/json":
			return inJSON
		case "application/xml", "text/xml":
			if !jsonOnly(apiOf(r.URL.Path)) {
				return inXML
			}
		}
	}
	return noForm
}

// apiOf is the first word of a path behind namespace and version.
func apiOf(path string) string {
	rest, _ := strings.CutPrefix(path, "/api/now/")
	for _, version := range []string{"v1/", "v2/"} {
		rest = strings.TrimPrefix(rest, version)
	}
	api, _, _ := strings.Cut(rest, "/")
	return api
}

// jsonOnly reports whether an API has no XML: identification and reconciliation
// by its documentation, a batch because its answers hold others' bodies.
func jsonOnly(api string) bool { return api == "identifyreconcile" || api == "batch" }

// inForm writes an answer as the client accepts it. One that has no form is a
// refusal in JSON.
func inForm(r *http.Request, a *answer) *answer {
	if a.raw || len(a.body) == 0 || formOf(r) != inXML {
		return a
	}
	if text, err := xmlOf(a.body); err == nil {
		a.body, a.kind = text, xmlType
	}
	return a
}

// xmlOf writes a JSON answer as XML: an element named response, within it an
// element for each member, and one for each entry of a list, so that a list of
// records is a row of result elements (Table API documentation).
func xmlOf(body []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	b := bytes.NewBufferString(xml.Header[:len(xml.Header)-1])
	err := writeElement(b, d, "response")
	return b.Bytes(), err
}

// writeElement writes the next value as an element, or a list as several.
func writeElement(b *bytes.Buffer, d *json.Decoder, name string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token == json.Delim('[') {
		for d.More() {
			if err := writeElement(b, d, name); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	var inner bytes.Buffer
	switch value := token.(type) {
	case json.Delim: // {
		for d.More() {
			member, err := d.Token()
			if err != nil {
				return err
			}
			text, _ := member.(string) // members have names
			if err := writeElement(&inner, d, elementName(text)); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil {
			return err
		}
	case string:
		if err := xml.EscapeText(&inner, []byte(value)); err != nil {
			return err
		}
	case json.Number:
		inner.WriteString(value.String())
	case bool:
		if value {
			inner.WriteString("true")
		} else {
			inner.WriteString("false")
		}
	}
	if inner.Len() == 0 {
		b.WriteString("<" + name + "/>")
		return nil
	}
	b.WriteString("<" + name + ">")
	b.Write(inner.Bytes())
	b.WriteString("</" + name + ">")
	return nil
}

// elementName makes a name of XML: what cannot stand in one becomes an
// underscore.
func elementName(member string) string {
	valid := func(i int, c rune) bool {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0xc0
		return letter || i > 0 && (c == '.' || c == '-' || c >= '0' && c <= '9')
	}
	var b strings.Builder
	for i, c := range member {
		if valid(i, c) {
			b.WriteRune(c)
		} else {
			b.WriteByte('_')
		}
	}
	if b.Len() == 0 {
		return "_"
	}
	return b.String()
}

// deepest is how deep elements of a request may lie in one another.
const deepest = 16

var (
	errXML     = &apiError{http.StatusBadRequest, "Exception while reading request", "The payload is not valid XML"}
	errTooDeep = errors.New("too deep")
)

// isXML reports whether a type of a body is XML that the API takes: the Table
// and the Attachment API do by their documentation, of others it is not known.
func isXML(r *http.Request, media string) bool {
	switch apiOf(r.URL.Path) {
	case "table", "attachment":
		return media == "application/xml" || media == "text/xml"
	}
	return false
}

// jsonBody turns the body <request><entry>...</entry></request> into a JSON list
// of its entries, of which writes take the first (REST API documentation and
// public clients).
func jsonBody(body []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Local != "request" {
				return nil, errors.New("no request element")
			}
			break
		}
	}
	entries := []any{}
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			value, err := readElement(d, 0)
			if err != nil {
				return nil, err
			}
			if _, ok := value.(map[string]any); ok && token.Name.Local == "entry" {
				entries = append(entries, value)
			}
		case xml.EndElement:
			if _, err := d.Token(); !errors.Is(err, io.EOF) && err != nil {
				return nil, err
			}
			return json.Marshal(entries)
		}
	}
}

// readElement reads up to the end of an element: a string, or an object when
// there are elements in it.
func readElement(d *xml.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, errTooDeep
	}
	var text strings.Builder
	var object map[string]any
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			value, err := readElement(d, depth+1)
			if err != nil {
				return nil, err
			}
			if object == nil {
				object = map[string]any{}
			}
			object[token.Name.Local] = value
		case xml.EndElement:
			if object != nil {
				return object, nil
			}
			return text.String(), nil
		}
	}
}

// mediaOf is the type of a request's body without its parameters.
func mediaOf(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}
