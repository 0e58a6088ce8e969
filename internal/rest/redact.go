package rest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

const redacted = "[redacted]"

// shortestSecret keeps words like "x" from being blotted out of every text.
const shortestSecret = 4

// scrub takes a credential out of what a server sent, should it echo it: the
// whole header value, and the secret after its scheme.
func scrub(text []byte, credential string) []byte {
	_, secret, _ := strings.Cut(credential, " ")
	for _, s := range []string{credential, secret} {
		if len(s) >= shortestSecret && bytes.Contains(text, []byte(s)) {
			text = bytes.ReplaceAll(text, []byte(s), []byte(redacted))
		}
	}
	return text
}

// Format prints the operation only, whatever the verb: query, headers and body
// may hold secrets.
func (c Call) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "Call("+c.Op+" "+c.Method+" "+c.Path+")")
}

// Format prints status and size only, whatever the verb.
func (a Answer) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "Answer(%d, %d bytes)", a.Status, len(a.Body))
}
