package failing

import "testing"

func TestWords(t *testing.T) {
	if words[0] == "tested" {
		t.Error(words)
	}
}
