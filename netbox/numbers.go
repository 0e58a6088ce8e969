package netbox

import (
	"net/url"
	"strconv"
)

// Numbers is a list of whole numbers in a filter, any of which may match; a
// plain []int64 may be assigned to it. nil does not filter; an empty list is an
// error, since it would select everything.
type Numbers []int64

// EncodeValues writes the numbers as repeated parameters.
func (n Numbers) EncodeValues(key string, v *url.Values) error {
	for _, x := range n {
		v.Add(key, strconv.FormatInt(x, 10))
	}
	return nil
}
