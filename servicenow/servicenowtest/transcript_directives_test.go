package servicenowtest_test

import (
	"errors"
	"strings"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// serverDirective prepares what the instance does by itself: abort (table and
// name of a rule that writes nothing on fire).
func (r *replay) serverDirective(word, rest string, later func(func(*servicenowtest.Server)), check func(error)) bool {
	switch word {
	case "abort":
		later(func(s *servicenowtest.Server) {
			table, name, _ := strings.Cut(rest, " ")
			check(s.SetBusinessRules(servicenowtest.BusinessRule{Name: name, Table: table, Run: func(c *servicenowtest.RuleCall) error {
				if c.Get("short_description") == "fire" {
					return errors.New("")
				}
				return nil
			}}))
		})
	default:
		return false
	}
	return true
}
