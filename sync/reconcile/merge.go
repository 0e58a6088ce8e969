package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Ordered is the input of [Merge]. All functions but Compare must be set.
type Ordered[A, B any] struct {
	// Source and Target deliver each side's records in ascending order of their keys;
	// an error ends a side.
	Source iter.Seq2[A, error]
	Target iter.Seq2[B, error]
	// SourceKey and TargetKey give the key that both sides share; it must not be "".
	SourceKey func(A) string
	TargetKey func(B) string
	// Same reports whether a pair needs no change.
	Same func(A, B) bool
	// Compare is the order of both sides. Nil means bytewise, which suits sys_ids
	// and nothing that a database sorted by locale; [Numeric] suits decimal ids.
	Compare func(a, b string) int
}

func (o *Ordered[A, B]) check() error {
	switch {
	case o.Source == nil:
		return errors.New("reconcile: merge: Source is missing")
	case o.Target == nil:
		return errors.New("reconcile: merge: Target is missing")
	case o.SourceKey == nil || o.TargetKey == nil:
		return errors.New("reconcile: merge: SourceKey and TargetKey must both be given")
	case o.Same == nil:
		return errors.New("reconcile: merge: Same is missing")
	}
	return nil
}

// Numeric compares decimal ids without leading zeros by their value, however long
// they are: shorter ones first, equally long ones bytewise.
func Numeric(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// Merge joins two sides that come in one order, holding a record or two of each. It
// visits the same kinds of pairs as [Diff] (Vanished excepted), in the order of the
// keys, with the target record in OnlyTarget; those are held back until both sides
// have ended without an error, and are not visited when the source was empty. Every
// record of a repeated key is visited as DuplicateSource or DuplicateTarget, or as
// Ambiguous where only the target repeats it, and never as anything else.
//
// A side that is not ascending is an [UnorderedError]. Merge stops at the first
// error of a side or of visit, and when the context ends.
func Merge[A, B any](ctx context.Context, in Ordered[A, B], visit func(Pair[A, B]) error) (Stats, error) {
	if err := in.check(); err != nil {
		return Stats{}, err
	}
	if visit == nil {
		return Stats{}, errors.New("reconcile: merge: visit is missing")
	}
	if in.Compare == nil {
		in.Compare = strings.Compare
	}
	m := &merge[A, B]{compare: in.Compare, same: in.Same, visit: visit}
	m.source.open("source", in.Source, in.SourceKey, in.Compare)
	defer m.source.stop()
	m.target.open("target", in.Target, in.TargetKey, in.Compare)
	defer m.target.stop()
	err := m.run(ctx)
	m.stats.Source, m.stats.Target = m.source.read, m.target.read
	return m.stats, err
}

type merge[A, B any] struct {
	source  lane[A]
	target  lane[B]
	compare func(a, b string) int
	same    func(A, B) bool
	visit   func(Pair[A, B]) error
	stats   Stats
	gone    []Pair[A, B] // OnlyTarget, held back until the end
}

func (m *merge[A, B]) run(ctx context.Context) error {
	if err := errors.Join(m.source.advance(ctx), m.target.advance(ctx)); err != nil {
		return err
	}
	for m.source.more || m.target.more {
		if err := m.step(ctx); err != nil {
			return err
		}
	}
	m.stats.Complete = true
	if m.source.read == 0 {
		m.stats.Withheld = len(m.gone)
		return nil
	}
	for _, p := range m.gone {
		if err := m.emit(p); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge[A, B]) emit(p Pair[A, B]) error {
	m.stats.count(p.Kind)
	return m.visit(p)
}

// step takes the smaller of the two present keys, or both records of an equal pair.
func (m *merge[A, B]) step(ctx context.Context) error {
	var order int
	switch {
	case !m.target.more:
		order = -1
	case !m.source.more:
		order = 1
	default:
		order = m.compare(m.source.key, m.target.key)
	}
	a, b := m.source.record, m.target.record
	switch {
	case order < 0:
		kind := OnlySource
		if m.source.repeated {
			kind = DuplicateSource
		}
		if err := m.emit(Pair[A, B]{Kind: kind, Key: m.source.key, Source: a}); err != nil {
			return err
		}
		return m.source.advance(ctx)
	case order > 0:
		p := Pair[A, B]{Kind: OnlyTarget, Key: m.target.key, Target: b}
		if m.target.repeated {
			p.Kind = DuplicateTarget
			if err := m.emit(p); err != nil {
				return err
			}
		} else {
			m.gone = append(m.gone, p)
		}
		return m.target.advance(ctx)
	case m.source.repeated || m.target.repeated:
		return m.tangle(ctx)
	}
	if m.same(a, b) {
		m.stats.Unchanged++
	} else if err := m.emit(Pair[A, B]{Kind: Changed, Key: m.source.key, Source: a, Target: b}); err != nil {
		return err
	}
	return errors.Join(m.source.advance(ctx), m.target.advance(ctx))
}

// tangle visits every record of one key that at least one side repeats.
func (m *merge[A, B]) tangle(ctx context.Context) error {
	key := m.source.key
	sourceKind := Ambiguous
	if m.source.repeated {
		sourceKind = DuplicateSource
	}
	for m.source.more && m.compare(m.source.key, key) == 0 {
		if err := m.emit(Pair[A, B]{Kind: sourceKind, Key: key, Source: m.source.record}); err != nil {
			return err
		}
		if err := m.source.advance(ctx); err != nil {
			return err
		}
	}
	for m.target.more && m.compare(m.target.key, key) == 0 {
		if m.target.repeated {
			if err := m.emit(Pair[A, B]{Kind: DuplicateTarget, Key: key, Target: m.target.record}); err != nil {
				return err
			}
		}
		if err := m.target.advance(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lane reads one side with one record of foresight, which tells whether the present
// record's key is repeated.
type lane[T any] struct {
	side    string
	pull    func() (T, error, bool)
	stop    func()
	keyOf   func(T) string
	compare func(a, b string) int

	record   T
	key      string
	more     bool // record is valid
	repeated bool // the record before or after has the same key
	read     int

	next    T
	nextKey string
	hasNext bool
	begun   bool
}

func (l *lane[T]) open(side string, seq iter.Seq2[T, error], key func(T) string, compare func(a, b string) int) {
	l.side, l.keyOf, l.compare = side, key, compare
	l.pull, l.stop = iter.Pull2(seq)
}

// advance moves to the next record, or clears more at the end.
func (l *lane[T]) advance(ctx context.Context) error {
	if !l.begun {
		l.begun = true
		if err := l.look(ctx); err != nil {
			return err
		}
	}
	if !l.hasNext {
		var none T
		l.record, l.more = none, false
		return nil
	}
	asBefore := l.more && l.compare(l.key, l.nextKey) == 0
	l.record, l.key, l.more = l.next, l.nextKey, true
	if err := l.look(ctx); err != nil {
		return err
	}
	l.repeated = asBefore
	if l.hasNext {
		switch order := l.compare(l.key, l.nextKey); {
		case order > 0:
			return &UnorderedError{Side: l.side, Previous: l.key, Key: l.nextKey}
		case order == 0:
			l.repeated = true
		}
	}
	return nil
}

// look reads the record after the present one.
func (l *lane[T]) look(ctx context.Context) error {
	record, err, ok := l.pull()
	l.hasNext = false
	var none T
	l.next = none
	if !ok {
		return nil
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return &scanError{l.side, l.read, err}
	}
	l.read++
	key := l.keyOf(record)
	if key == "" {
		return fmt.Errorf("reconcile: merge: %s record %d has no key: leave such records out, or use Diff", l.side, l.read)
	}
	l.next, l.nextKey, l.hasNext = record, key, true
	return nil
}
