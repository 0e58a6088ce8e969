package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// defaultChunk is how many changed target records are fetched in one call.
const defaultChunk = 500

// Join is the input of [Diff]. All functions but the sequences must be set.
type Join[A, B any] struct {
	// Source and Target deliver each side's records; an error ends a side.
	Source iter.Seq2[A, error]
	Target iter.Seq2[B, error]
	// SourceKey gives the key of the target record that a source record belongs to,
	// or "" when there is none. It is called only after the target has been read to
	// its end, so it may look into indexes that TargetKey filled.
	SourceKey func(A) string
	// TargetKey gives a target record's key, usually its id. Records with the key ""
	// belong to nobody and are left alone.
	TargetKey func(B) string
	// SourceDigest and TargetDigest sum up the compared fields; see [Digest].
	SourceDigest func(A) uint64
	TargetDigest func(B) uint64
	// Fetch reads the target records with these keys once more. A key that is not in
	// the answer is visited as Vanished. The keys are the callee's to keep.
	Fetch func(ctx context.Context, keys []string) (map[string]B, error)
	// Chunk is how many keys Fetch is given at most; 0 means 500.
	Chunk int
}

func (j *Join[A, B]) check() error {
	switch {
	case j.Source == nil:
		return errors.New("reconcile: diff: Source is missing")
	case j.Target == nil:
		return errors.New("reconcile: diff: Target is missing")
	case j.SourceKey == nil || j.TargetKey == nil:
		return errors.New("reconcile: diff: SourceKey and TargetKey must both be given")
	case j.SourceDigest == nil || j.TargetDigest == nil:
		return errors.New("reconcile: diff: SourceDigest and TargetDigest must both be given")
	case j.Fetch == nil:
		return errors.New("reconcile: diff: Fetch is missing: give a function that reads target records by key")
	case j.Chunk < 0:
		return fmt.Errorf("reconcile: diff: Chunk is %d: give 0 for the default or a positive number", j.Chunk)
	}
	return nil
}

// Diff joins two sides by key and visits every pair that differs. The target is
// read to its end first, keeping a key and a digest for each record (about 50 bytes
// for sys_ids and other keys of up to 15 bytes); then the source is streamed. Changed
// target records are fetched again in chunks, and skipped when they turn out to be
// equal by now.
//
// Sides need no order. Pairs come in the order of the source, changed ones delayed
// until their chunk is full; target records without a source record come last, in
// the order of their keys, and only when both sides were read completely and the
// source was not empty.
//
// Two source records with one key: the first is treated as usual, every further one
// is visited as DuplicateSource. A plan must write neither; a [Builder] sees to that
// when both operations carry the same Class and Target, the further one blocked with
// CodeAmbiguous. Source records whose key several target records have are visited as
// Ambiguous.
//
// Diff stops at the first error of a side, of Fetch or of visit, and when the context
// ends. The Stats then say what was seen, with Complete false; the visited pairs hold
// no OnlyTarget.
func Diff[A, B any](ctx context.Context, in Join[A, B], visit func(Pair[A, B]) error) (Stats, error) {
	if err := in.check(); err != nil {
		return Stats{}, err
	}
	if visit == nil {
		return Stats{}, errors.New("reconcile: diff: visit is missing")
	}
	if in.Chunk == 0 {
		in.Chunk = defaultChunk
	}
	d := &digestJoin[A, B]{Join: in, visit: visit, index: newIndex()}
	err := d.run(ctx)
	return d.stats, err
}

type digestJoin[A, B any] struct {
	Join[A, B]
	visit   func(Pair[A, B]) error
	index   *index
	stats   Stats
	pending []Pair[A, B] // changed, waiting to be fetched
}

func (d *digestJoin[A, B]) run(ctx context.Context) error {
	if err := d.readTarget(ctx); err != nil {
		return err
	}
	sourceErr := d.readSource(ctx)
	if sourceErr != nil && !errors.As(sourceErr, new(*scanError)) {
		return sourceErr
	}
	if sourceErr != nil && ctx.Err() != nil {
		return sourceErr
	}
	if err := d.flush(ctx); err != nil {
		return errors.Join(sourceErr, err)
	}
	if sourceErr != nil {
		return sourceErr
	}
	d.stats.Complete = true
	if d.stats.Source == 0 {
		d.stats.Withheld = d.index.countUnmatched()
		return nil
	}
	return d.index.unmatched(func(key string) error {
		return d.emit(Pair[A, B]{Kind: OnlyTarget, Key: key})
	})
}

func (d *digestJoin[A, B]) emit(p Pair[A, B]) error {
	d.stats.count(p.Kind)
	return d.visit(p)
}

func (d *digestJoin[A, B]) readTarget(ctx context.Context) error {
	for b, err := range d.Target {
		if err != nil {
			return &scanError{"target", d.stats.Target, err}
		}
		if err := ctx.Err(); err != nil {
			return &scanError{"target", d.stats.Target, err}
		}
		d.stats.Target++
		key := d.TargetKey(b)
		if key == "" {
			d.stats.KeylessTarget++
			continue
		}
		if e, there := d.index.get(key); there {
			e.mark |= twofold
			d.index.put(key, e)
			if err := d.emit(Pair[A, B]{Kind: DuplicateTarget, Key: key, Target: b}); err != nil {
				return err
			}
			continue
		}
		d.index.put(key, entry{digest: d.TargetDigest(b)})
	}
	return nil
}

func (d *digestJoin[A, B]) readSource(ctx context.Context) error {
	for a, err := range d.Source {
		if err != nil {
			return &scanError{"source", d.stats.Source, err}
		}
		if err := ctx.Err(); err != nil {
			return &scanError{"source", d.stats.Source, err}
		}
		d.stats.Source++
		if err := d.take(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// take decides about one source record.
func (d *digestJoin[A, B]) take(ctx context.Context, a A) error {
	key := d.SourceKey(a)
	if key == "" {
		return d.emit(Pair[A, B]{Kind: OnlySource, Source: a})
	}
	e, there := d.index.get(key)
	switch {
	case !there:
		// A key that no target record has is remembered, so that a second source
		// record with it is seen; it is marked, so that it is never taken for a
		// target record.
		d.index.put(key, entry{mark: matched})
		return d.emit(Pair[A, B]{Kind: OnlySource, Key: key, Source: a})
	case e.mark&twofold != 0:
		return d.emit(Pair[A, B]{Kind: Ambiguous, Key: key, Source: a})
	case e.mark&matched != 0:
		return d.emit(Pair[A, B]{Kind: DuplicateSource, Key: key, Source: a})
	}
	e.mark |= matched
	d.index.put(key, e)
	if d.SourceDigest(a) == e.digest {
		d.stats.Unchanged++
		return nil
	}
	d.pending = append(d.pending, Pair[A, B]{Kind: Changed, Key: key, Source: a})
	if len(d.pending) >= d.Chunk {
		return d.flush(ctx)
	}
	return nil
}

// flush fetches the pending target records and visits their pairs.
func (d *digestJoin[A, B]) flush(ctx context.Context) error {
	if len(d.pending) == 0 {
		return nil
	}
	pending := d.pending
	d.pending = nil
	keys := make([]string, len(pending))
	for i, p := range pending {
		keys[i] = p.Key
	}
	found, err := d.Fetch(ctx, keys)
	if err != nil {
		return fmt.Errorf("reconcile: diff: fetch %d target records: %w", len(keys), err)
	}
	for _, p := range pending {
		b, there := found[p.Key]
		switch {
		case !there:
			p.Kind = Vanished
		case d.TargetDigest(b) == d.SourceDigest(p.Source):
			d.stats.Unchanged++
			continue
		default:
			p.Target = b
		}
		if err := d.emit(p); err != nil {
			return err
		}
	}
	return nil
}
