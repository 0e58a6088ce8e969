package netbox

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ChangelogMessage puts a note into the change log entry of each object that a
// call writes or deletes, 200 characters at most. It is how a deletion gets one;
// a body that has a changelog_message of its own keeps that. Releases before 4.4
// ignore it, and so do calls that read.
func ChangelogMessage(text string) CallOption { return rest.Header(noteHeader, text) }

// noteHeader carries the note from the option to the body; it is never sent.
const noteHeader = "Itsmkit-Changelog-Message"

// takeNote moves the note of a call into its body: an object, a list of objects,
// or the none that a deletion has.
func takeNote(call *rest.Call) error {
	note := call.Header.Get(noteHeader)
	if note == "" {
		return nil
	}
	call.Header = call.Header.Clone()
	call.Header.Del(noteHeader)
	if !isWrite(call.Method) {
		return nil
	}
	if n := utf8.RuneCountInString(note); n > maxChangelogMessage {
		return fmt.Errorf("netbox: %s: ChangelogMessage has %d characters, and NetBox takes %d", call.Op, n, maxChangelogMessage)
	}
	message := mustJSON(note)
	add := func(fields map[string]json.RawMessage) map[string]json.RawMessage {
		if _, own := fields["changelog_message"]; !own {
			fields["changelog_message"] = message
		}
		return fields
	}
	if len(call.Body) == 0 {
		call.Body = mustJSON(add(map[string]json.RawMessage{}))
		return nil
	}
	if fields, err := topLevel(call.Body); err == nil {
		call.Body = mustJSON(add(fields))
		return nil
	}
	var items []map[string]json.RawMessage
	if err := json.Unmarshal(call.Body, &items); err != nil {
		return fmt.Errorf("netbox: %s: ChangelogMessage goes with objects only: %w", call.Op, err)
	}
	for i, fields := range items {
		if fields != nil {
			items[i] = add(fields)
		}
	}
	call.Body = mustJSON(items)
	return nil
}
