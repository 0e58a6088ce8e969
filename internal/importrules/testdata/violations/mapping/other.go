//go:build neverset

package mapping

import "time"

// Start is only built with a tag, and bound all the same.
var Start = time.Now
