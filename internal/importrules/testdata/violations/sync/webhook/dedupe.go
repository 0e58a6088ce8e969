package webhook

import "time"

// Started is allowed here.
var Started = time.Now
