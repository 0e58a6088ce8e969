package reconcile

import (
	"encoding/hex"
	"slices"
	"strings"
)

// mark says what became of a target record.
type mark uint8

const (
	matched mark = 1 << iota // a source record has its key
	twofold                  // several target records have its key
)

type entry struct {
	digest uint64
	mark   mark
}

// index holds a digest for each key. Keys of 32 lower-case hex digits (sys_ids)
// and keys of up to 15 bytes (NetBox ids) take 16 bytes; any other key is copied,
// so that no page of answers is kept alive by its keys.
type index struct {
	hex   map[[16]byte]entry
	short map[[16]byte]entry
	long  map[string]entry
}

func newIndex() *index {
	return &index{map[[16]byte]entry{}, map[[16]byte]entry{}, map[string]entry{}}
}

func (x *index) get(key string) (entry, bool) {
	if packed, ok := packHex(key); ok {
		e, ok := x.hex[packed]
		return e, ok
	}
	if packed, ok := packShort(key); ok {
		e, ok := x.short[packed]
		return e, ok
	}
	e, ok := x.long[key]
	return e, ok
}

func (x *index) put(key string, e entry) {
	if packed, ok := packHex(key); ok {
		x.hex[packed] = e
		return
	}
	if packed, ok := packShort(key); ok {
		x.short[packed] = e
		return
	}
	if _, there := x.long[key]; !there {
		key = strings.Clone(key)
	}
	x.long[key] = e
}

// unmatched visits the keys without any mark in a fixed order, packed ones first.
func (x *index) unmatched(visit func(key string) error) error {
	for _, packed := range plain(x.hex) {
		if err := visit(hex.EncodeToString(packed[:])); err != nil {
			return err
		}
	}
	for _, packed := range plain(x.short) {
		if err := visit(string(packed[:packed[15]])); err != nil {
			return err
		}
	}
	var rest []string
	for key, e := range x.long {
		if e.mark == 0 {
			rest = append(rest, key)
		}
	}
	slices.Sort(rest)
	for _, key := range rest {
		if err := visit(key); err != nil {
			return err
		}
	}
	return nil
}

func (x *index) countUnmatched() int {
	n := 0
	for _, packed := range []map[[16]byte]entry{x.hex, x.short} {
		for _, e := range packed {
			if e.mark == 0 {
				n++
			}
		}
	}
	for _, e := range x.long {
		if e.mark == 0 {
			n++
		}
	}
	return n
}

func plain(m map[[16]byte]entry) [][16]byte {
	n := 0
	for _, e := range m {
		if e.mark == 0 {
			n++
		}
	}
	keys := make([][16]byte, 0, n)
	for key, e := range m {
		if e.mark == 0 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b [16]byte) int { return slices.Compare(a[:], b[:]) })
	return keys
}

func packHex(key string) (packed [16]byte, ok bool) {
	if len(key) != 32 {
		return packed, false
	}
	for i := range packed {
		high, low := nibble(key[2*i]), nibble(key[2*i+1])
		if high > 15 || low > 15 {
			return packed, false
		}
		packed[i] = high<<4 | low
	}
	return packed, true
}

func nibble(b byte) byte {
	switch {
	case '0' <= b && b <= '9':
		return b - '0'
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10
	default:
		return 0xff
	}
}

// packShort keeps the length in the last byte, so that "a" and "a\x00" differ.
func packShort(key string) (packed [16]byte, ok bool) {
	if len(key) > 15 {
		return packed, false
	}
	copy(packed[:], key)
	packed[15] = byte(len(key))
	return packed, true
}
