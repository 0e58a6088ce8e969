package webhook

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a shared secret. However it is printed, logged or marshalled, only
// "(secret)" is shown; string(s) is the secret itself.
type Secret string

const hidden = "(secret)"

// String returns "(secret)".
func (s Secret) String() string { return hidden }

// GoString returns "(secret)".
func (s Secret) GoString() string { return hidden }

// Format prints "(secret)" under every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, hidden) // fmt keeps what a writer says to itself
}

// LogValue returns "(secret)".
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns "(secret)", so that no encoding writes the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText takes the text as the secret. What MarshalText wrote is refused: it
// was a secret once.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == hidden {
		return fmt.Errorf("webhook: %q stands for a secret that was left out: supply the secret", hidden)
	}
	*s = Secret(text)
	return nil
}

// checkSecrets refuses lists that would let anybody in.
func checkSecrets(method string, secrets []Secret) error {
	if len(secrets) == 0 {
		return fmt.Errorf("webhook: %s: no secret: give one, or use Unsigned to accept everything", method)
	}
	for i, s := range secrets {
		if s == "" {
			return fmt.Errorf("webhook: %s: secret %d is empty", method, i)
		}
	}
	return nil
}
