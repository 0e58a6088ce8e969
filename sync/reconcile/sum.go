package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
)

// sum is a SHA-256 over a plan's content in a form that has one reading only: every
// text and list is preceded by its length. Parts that a later minor version of the
// format adds must be left out when they are empty, so that older digests hold.
type sum struct {
	h   hash.Hash
	buf [8]byte
}

func newSum() *sum { return &sum{h: sha256.New()} }

func (s *sum) number(n int) {
	binary.BigEndian.PutUint64(s.buf[:], uint64(n))
	s.h.Write(s.buf[:])
}

func (s *sum) string(v string) {
	s.number(len(v))
	io.WriteString(s.h, v)
}

func (s *sum) value(v Value) {
	s.number(int(v.state))
	s.string(v.text)
}

func (s *sum) tallies(list []Tally) {
	s.number(len(list))
	for _, t := range list {
		s.string(t.Type)
		s.string(t.Class)
		s.number(t.Count)
	}
}

func (s *sum) operation(op *Operation) {
	for _, v := range []string{
		op.ID, string(op.Kind), string(op.Wanted), op.Type, op.Class, op.Key, op.Target, op.Name, op.Code, op.Reason,
	} {
		s.string(v)
	}
	s.number(len(op.Needs))
	for _, need := range op.Needs {
		s.string(need)
	}
	s.number(len(op.Changes))
	for _, c := range op.Changes {
		c = c.shown(op.ID)
		s.string(c.Field)
		s.value(c.From)
		s.value(c.To)
		s.string(c.Ref)
		flags := 0
		if c.Masked {
			flags |= 1
		}
		if !c.Base.IsAbsent() {
			flags |= 2
		}
		s.number(flags)
		s.string(c.Reason)
		if flags&2 != 0 {
			s.value(c.Base)
		}
	}
}

func (s *sum) text() string { return "sha256:" + hex.EncodeToString(s.h.Sum(nil)) }

// sum returns the digest over the plan's content.
func (p *Plan) sum() string {
	s := newSum()
	s.string("reconcile plan")
	s.string(p.Format)
	s.string(p.Source)
	s.string(p.Target)
	s.tallies(p.Unchanged)
	s.tallies(p.Records)
	s.number(len(p.Operations))
	for i := range p.Operations {
		s.operation(&p.Operations[i])
	}
	return s.text()
}
