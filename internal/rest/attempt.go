package rest

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Attempt is what OnAttempt is told after each attempt. It holds no header, no
// query, no body and no secret.
type Attempt struct {
	Op, Method, Path string
	Kind             Kind
	Number           int           // 1 is the first
	Pause            time.Duration // waited because a 429 had paused the client
	Slot             time.Duration // waited for a free slot
	Limiter          time.Duration // waited in the limiter
	Backoff          time.Duration // slept before this attempt
	Duration         time.Duration // on the wire, body included
	Status           int           // 0 when no answer came
	Outcome          string        // "ok", or the kind of failure in words
	Retry            bool          // another attempt follows
	Next             time.Duration // the wait before that one
}

// LogValue gives slog the attempt as attributes.
func (a Attempt) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", a.Op),
		slog.String("method", a.Method),
		slog.String("path", a.Path),
		slog.Int("attempt", a.Number),
		slog.Int("status", a.Status),
		slog.String("outcome", a.Outcome),
		slog.Duration("duration", a.Duration),
		slog.Duration("pause", a.Pause),
		slog.Duration("slot", a.Slot),
		slog.Duration("limiter", a.Limiter),
		slog.Duration("backoff", a.Backoff),
		slog.Bool("retry", a.Retry),
		slog.Duration("next", a.Next),
	)
}

// report tells the hook and the log about the attempt that has just ended.
func (r *run) report(again bool) {
	hook, logger := r.client.cfg.OnAttempt, r.client.cfg.Logger
	if hook == nil && logger == nil {
		return
	}
	a := r.now
	a.Op, a.Method, a.Path, a.Kind = r.call.Op, r.method, r.call.Path, r.call.Kind
	a.Duration, a.Outcome, a.Retry = r.took, outcome(r.failure), again
	if again {
		a.Next = r.wait
	}
	if hook != nil {
		hook(r.ctx, a)
	}
	if logger == nil {
		return
	}
	level := slog.LevelDebug
	if again {
		level = slog.LevelWarn
	}
	logger.LogAttrs(r.ctx, level, r.client.cfg.Service.Name+" attempt", slog.Any("http", a))
}

// outcome names a failure without quoting it.
func outcome(f *Failure) string {
	switch {
	case f == nil:
		return "ok"
	case f.Kind != nil:
		return f.Kind.Error()
	case errors.Is(f.Err, context.Canceled):
		return "cancelled"
	case errors.Is(f.Err, context.DeadlineExceeded):
		return "deadline exceeded"
	}
	return "failed"
}
