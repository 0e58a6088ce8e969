package assets

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/itsmkit/itsmkit/cmdb"
)

// sysID is a sys_id in 16 bytes instead of 32 hex digits: tables are remembered
// by the hundred thousand. The zero value is no record.
type sysID [16]byte

// parseSysID reads 32 hex digits. Anything else is no sys_id.
func parseSysID(s string) (id sysID, ok bool) {
	if len(s) != 2*len(id) {
		return sysID{}, false
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return sysID{}, false
	}
	return id, true
}

// String is the id as ServiceNow writes it, "" for the zero value.
func (s sysID) String() string {
	if s == (sysID{}) {
		return ""
	}
	return hex.EncodeToString(s[:])
}

// What a chosen sys_id is for.
const (
	forRecord = "record"
	forLink   = "link"
)

// chosenID is the sys_id that the record of a NetBox object, or its link row,
// gets when the flow creates it. It depends on nothing but the object, so that
// a create that is sent twice, by one run or by two, cannot make two records.
func chosenID(source string, o cmdb.Object, what string) sysID {
	return hashID(source, o.String(), what)
}

func hashID(parts ...string) (id sysID) {
	h := sha256.New()
	for _, s := range append([]string{"itsmkit"}, parts...) {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	copy(id[:], h.Sum(nil))
	return id
}
