package reconcile

import "strconv"

// FNV-1a with 64 bits, and the finishing step of MurmurHash3.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// Digest is a running 64-bit digest over the fields of one record. It is a value:
// every method returns the continued digest and allocates nothing.
//
//	sum := reconcile.NewDigest(1).Text("name", r.Name).Text("serial", r.Serial).Sum()
//
// Both sides of a [Diff] must add the same fields in the same order. The algorithm
// is fixed, so that digests may be stored; two records with one key and different
// fields share a digest with a probability of about 2⁻⁶⁴. It is no protection
// against somebody who makes up values in order to hide a change.
type Digest struct{ h uint64 }

// NewDigest starts a digest. The version stands for the mapping: give it another
// number when fields are added or mean something else, and stored digests stop
// matching, so that everything is compared afresh.
func NewDigest(version uint64) Digest {
	return Digest{fnvOffset}.word(version)
}

// Field adds a field. An absent value adds nothing; null, the empty text and every
// other text are all different.
func (d Digest) Field(name string, v Value) Digest {
	if v.state == absent {
		return d
	}
	return d.pair(name, byte(v.state), v.text)
}

// Text adds a field that holds s; it is Field(name, Text(s)).
func (d Digest) Text(name, s string) Digest { return d.pair(name, byte(text), s) }

// Null adds a field that is null; it is Field(name, Null()).
func (d Digest) Null(name string) Digest { return d.pair(name, byte(null), "") }

// Int adds a number as its decimal text, without allocating that text.
func (d Digest) Int(name string, n int64) Digest {
	var buf [20]byte
	digits := strconv.AppendInt(buf[:0], n, 10)
	d = d.head(name, byte(text), len(digits))
	for _, b := range digits {
		d.h = (d.h ^ uint64(b)) * fnvPrime
	}
	return d
}

// Sum returns the digest of what was added so far.
func (d Digest) Sum() uint64 {
	h := d.h
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return h
}

func (d Digest) pair(name string, kind byte, s string) Digest {
	return d.head(name, kind, len(s)).bytes(s)
}

// head writes lengths before contents, so that no two lists of pairs read alike.
func (d Digest) head(name string, kind byte, size int) Digest {
	d = d.word(uint64(len(name))).bytes(name)
	return d.word(uint64(size)<<8 | uint64(kind))
}

func (d Digest) bytes(s string) Digest {
	h := d.h
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	d.h = h
	return d
}

func (d Digest) word(n uint64) Digest {
	d.h = (d.h ^ n) * fnvPrime
	d.h ^= d.h >> 32
	return d
}
