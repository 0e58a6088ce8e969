package azdevops

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// anyID is an id that the service writes as a number here and as a string there.
type anyID int

// UnmarshalJSON reads both; "" and null are 0.
func (n *anyID) UnmarshalJSON(data []byte) error {
	*n = 0
	text := bytes.Trim(data, `"`)
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	value, err := strconv.Atoi(string(text))
	if err != nil {
		return &json.UnmarshalTypeError{Value: "text that is no number"}
	}
	*n = anyID(value)
	return nil
}
