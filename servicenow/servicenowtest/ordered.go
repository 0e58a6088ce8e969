package servicenowtest

import (
	"iter"
	"slices"
	"sort"
)

// blockSize is how many rows a block of an ordered list holds at the most.
const blockSize = 512

// ordered keeps rows in the order of their keys. Inserting, deleting and
// finding a place cost little whatever its length, because it is cut into
// blocks. The zero value is empty.
type ordered struct {
	blocks [][]*row
	size   int
}

// locate returns the place of the first row whose key is not below key.
func (o *ordered) locate(key string) (block, at int) {
	block = sort.Search(len(o.blocks), func(i int) bool {
		rows := o.blocks[i]
		return rows[len(rows)-1].key >= key
	})
	if block == len(o.blocks) {
		return block, 0
	}
	rows := o.blocks[block]
	return block, sort.Search(len(rows), func(i int) bool { return rows[i].key >= key })
}

// put adds a row, or replaces the one with the same key.
func (o *ordered) put(r *row) {
	block, at := o.locate(r.key)
	if block == len(o.blocks) {
		if block == 0 {
			o.blocks = append(o.blocks, []*row{r})
			o.size = 1
			return
		}
		block--
		at = len(o.blocks[block])
	}
	rows := o.blocks[block]
	if at < len(rows) && rows[at].key == r.key {
		rows[at] = r
		return
	}
	o.size++
	rows = slices.Insert(rows, at, r)
	o.blocks[block] = rows
	if len(rows) <= blockSize {
		return
	}
	half := len(rows) / 2
	if at == len(rows)-1 {
		half = len(rows) - 1 // ascending keys fill their blocks
	}
	right := append(make([]*row, 0, blockSize/2), rows[half:]...)
	clear(rows[half:])
	o.blocks[block] = rows[:half:half]
	o.blocks = slices.Insert(o.blocks, block+1, right)
}

// remove takes the row with the key out.
func (o *ordered) remove(key string) {
	block, at := o.locate(key)
	if block == len(o.blocks) || o.blocks[block][at].key != key {
		return
	}
	o.size--
	if o.blocks[block] = slices.Delete(o.blocks[block], at, at+1); len(o.blocks[block]) == 0 {
		o.blocks = slices.Delete(o.blocks, block, block+1)
	}
}

// from yields the rows whose key is not below key, ascending.
func (o *ordered) from(key string) iter.Seq[*row] {
	return func(yield func(*row) bool) {
		block, at := o.locate(key)
		for ; block < len(o.blocks); block, at = block+1, 0 {
			for _, r := range o.blocks[block][at:] {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// skip yields the rows after the first n that are not below key.
func (o *ordered) skip(key string, n int) iter.Seq[*row] {
	return func(yield func(*row) bool) {
		block, at := o.locate(key)
		for ; block < len(o.blocks); block, at = block+1, 0 {
			rows := o.blocks[block][at:]
			if n >= len(rows) {
				n -= len(rows)
				continue
			}
			for _, r := range rows[n:] {
				if !yield(r) {
					return
				}
			}
			n = 0
		}
	}
}

// count returns how many rows have a key that is not below key.
func (o *ordered) count(key string) int {
	block, at := o.locate(key)
	n := -at
	for ; block < len(o.blocks); block++ {
		n += len(o.blocks[block])
	}
	return max(n, 0)
}

// clone returns a list that can be changed apart from o.
func (o *ordered) clone() ordered {
	copied := ordered{blocks: make([][]*row, len(o.blocks)), size: o.size}
	for i, rows := range o.blocks {
		copied.blocks[i] = slices.Clone(rows)
	}
	return copied
}
