package mapping

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	if Age(time.Now()) < 0 {
		t.Error("a test may look at the clock")
	}
}
