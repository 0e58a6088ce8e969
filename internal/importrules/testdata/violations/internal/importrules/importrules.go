// Package importrules depends on the library that it checks.
package importrules

import _ "github.com/itsmkit/itsmkit/cmdb"
