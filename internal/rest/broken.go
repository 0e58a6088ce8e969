package rest

import "context"

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
		r.failure = &Failure{Kind: ErrUnauthorized, Err: bare(err), NotTaken: true, Final: true,
			Message: "the credential's source failed"}
	}
	return err
}
