package rest

import (
	"context"
	"errors"
)

// broken records an error that came instead of an answer, and returns it.
func (r *run) broken(ctx context.Context, err error) error {
	switch {
	case r.ctx.Err() != nil:
		r.maybe = true
		r.interrupt(contextError(r.ctx))
	case ctx.Err() != nil:
		r.maybe = true
		r.failure = timedOut()
	default:
		f, unsent := connectionFailure(err)
		r.failure = f
		r.maybe = r.maybe || !unsent
	}
	return err
}

func timedOut() *Failure {
	return &Failure{
		Kind: ErrUnavailable, Err: context.DeadlineExceeded, Transient: true,
		Message: "no complete answer within the attempt's timeout",
	}
}

// unauthorised records that no credential could be had.
func (r *run) unauthorised(ctx context.Context, err error) error {
	switch {
	case r.ctx.Err() != nil:
		r.interrupt(contextError(r.ctx))
	case ctx.Err() != nil:
		r.failure = &Failure{Kind: ErrUnavailable, Err: context.DeadlineExceeded, Transient: true, NotTaken: true,
			Message: "no credential within the attempt's timeout"}
	default:
		f := &Failure{Kind: ErrUnauthorized, Err: bare(err), NotTaken: true, Final: true,
			Message: "the credential's source failed"}
		// A source that was out of reach says nothing about the credential. It
		// has done its own repeats, so the call makes none.
		var source interface{ Retryable() bool }
		if errors.As(err, &source) && source.Retryable() {
			f.Kind, f.Transient = ErrUnavailable, true
		}
		r.failure = f
	}
	return err
}
