package rest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

const redacted = "[redacted]"

// redact takes a credential out of a failure's texts, where a server echoed it:
// the whole header value, and the secret after its scheme.
func redact(f *Failure, credential string) {
	_, secret, _ := strings.Cut(credential, " ")
	for _, s := range []string{credential, secret} {
		if len(s) < 4 {
			continue
		}
		f.Message = strings.ReplaceAll(f.Message, s, redacted)
		if bytes.Contains(f.Body, []byte(s)) {
			f.Body = bytes.ReplaceAll(f.Body, []byte(s), []byte(redacted))
		}
	}
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
