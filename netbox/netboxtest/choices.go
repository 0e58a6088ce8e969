package netboxtest

import (
	"fmt"
	"strings"
)

// addChoices adds site-made values to choice fields, as FIELD_CHOICES does.
func (s *Server) addChoices(extra map[string][][2]string) error {
	for key, list := range extra {
		at := max(0, strings.LastIndexByte(key, '.'))
		res := s.schema.byModel[key[:at]]
		if res == nil {
			return fmt.Errorf("netboxtest: Options.Choices has %q: write the model and the field, such as dcim.device.status", key)
		}
		f := res.byName[key[at+1:]]
		if f == nil || f.kind != kindChoice {
			return fmt.Errorf("netboxtest: Options.Choices has %q: %s has no choice field of that name", key, res.model)
		}
		f.choices = append(append([][2]string(nil), f.choices...), list...)
	}
	return nil
}
