package azdevops

import (
	"strings"
	"time"
)

// Identity is a person, a group or a service. The API writes it as an object,
// service hooks and reports as "Name <unique name>"; both are read.
type Identity struct {
	ID          string
	DisplayName string
	UniqueName  string // mail address, or DOMAIN\name on a server
	Descriptor  string
}

// UnmarshalJSON reads both forms.
func (i *Identity) UnmarshalJSON(data []byte) error {
	*i = Identity{}
	if len(data) > 0 && data[0] == '"' {
		*i = parseIdentity(unquote(data))
		return nil
	}
	for name, value := range members(data) {
		switch string(name) {
		case "id":
			i.ID = unquote(value)
		case "displayName":
			i.DisplayName = unquote(value)
		case "uniqueName":
			i.UniqueName = unquote(value)
		case "descriptor":
			i.Descriptor = unquote(value)
		}
	}
	return nil
}

func parseIdentity(text string) Identity {
	name, rest, ok := strings.Cut(text, " <")
	if !ok || !strings.HasSuffix(rest, ">") {
		return Identity{DisplayName: text}
	}
	return Identity{DisplayName: name, UniqueName: strings.TrimSuffix(rest, ">")}
}

// stamp is a time as the service writes it. The years 1 and 9999 stand for no
// time.
type stamp time.Time

// UnmarshalJSON reads RFC 3339 with and without a zone; what is neither is no
// time, because no call should fail for it.
func (s *stamp) UnmarshalJSON(data []byte) error {
	*s = stamp{}
	if len(data) < 3 || data[0] != '"' {
		return nil
	}
	text := string(data[1 : len(data)-1])
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			if t.Year() > 1 && t.Year() < 9999 {
				*s = stamp(t.UTC())
			}
			return nil
		}
	}
	return nil
}
