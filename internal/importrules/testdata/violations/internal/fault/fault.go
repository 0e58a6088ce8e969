// Package fault links a foreign module.
package fault

import _ "example.com/driver"
