package azdevops

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Disabled reads the subscriptions that lose events or send none. Those that a
// person has disabled are not among them.
func (s *HookService) Disabled(ctx context.Context, opts ...CallOption) ([]Subscription, error) {
	all, err := s.List(ctx, opts...)
	return slices.DeleteFunc(all, func(sub Subscription) bool {
		return sub.Status != SubscriptionProbation && sub.Status != SubscriptionBySystem
	}), err
}

// Enable enables a subscription whose secrets are given again in inputs; those
// that are not secret may be left out.
func (s *HookService) Enable(ctx context.Context, id string, inputs map[string]string, opts ...CallOption) (Subscription, error) {
	sub, err := s.Get(ctx, id, opts...)
	if err != nil || sub.Status == SubscriptionEnabled {
		return sub, err
	}
	if sub.Inputs == nil {
		sub.Inputs = map[string]string{}
	}
	maps.Copy(sub.Inputs, inputs)
	sub.Status = SubscriptionEnabled
	return s.Replace(ctx, sub, opts...)
}

// HookWatch says how Watch keeps subscriptions enabled.
type HookWatch struct {
	// Every is the pause between two looks; 0 means five minutes.
	Every time.Duration
	// Inputs gives the secrets of a subscription that is to be enabled, as Enable
	// wants them, and whether it is to be: false leaves it, because it is somebody
	// else's or its receiver is not well yet.
	Inputs func(Subscription) (inputs map[string]string, enable bool)
	// Report, when set, is told of each subscription that was enabled, or was not
	// with an error, and of each look that failed, with a zero subscription.
	Report func(Subscription, error)
}

// Watch enables subscriptions that are on probation or were disabled by the
// service, again and again until ctx ends, whose error it returns. What was lost
// meanwhile stays lost: reconcile afterwards.
func (s *HookService) Watch(ctx context.Context, w HookWatch, opts ...CallOption) error {
	const op = "Hooks.Watch"
	switch {
	case w.Inputs == nil:
		return fmt.Errorf("azdevops: %s: HookWatch.Inputs is nil; it decides what is enabled", op)
	case w.Every < 0:
		return fmt.Errorf("azdevops: %s: HookWatch.Every is negative; use 0 for five minutes", op)
	case w.Every == 0:
		w.Every = 5 * time.Minute
	}
	for {
		w.look(ctx, s, opts)
		if err := rest.Sleep(ctx, w.Every); err != nil {
			return err
		}
	}
}

func (w HookWatch) look(ctx context.Context, s *HookService, opts []CallOption) {
	report := func(sub Subscription, err error) {
		if w.Report != nil && ctx.Err() == nil {
			w.Report(sub, err)
		}
	}
	list, err := s.Disabled(ctx, opts...)
	if err != nil {
		report(Subscription{}, err)
		return
	}
	for _, sub := range list {
		if inputs, enable := w.Inputs(sub); enable {
			now, err := s.Enable(ctx, sub.ID, inputs, opts...)
			if err != nil {
				now = sub
			}
			report(now, err)
		}
	}
}
