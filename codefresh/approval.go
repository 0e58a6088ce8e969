package codefresh

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Verdict is what becomes of a build that waits for an approval.
type Verdict string

// The verdicts.
const (
	Approved Verdict = "approved"
	Denied   Verdict = "denied"
)

// Approval says which approval of a build is meant, and how long to wait for
// it. The zero value means the first one that the build asks for, and an hour.
type Approval struct {
	// Step is the place among the approvals that are given by this library, for
	// builds that ask for several, from 1; 0 means 1. The service's API has no
	// such number: it approves whatever waits. Here each step is decided once,
	// and step 2 only after step 1 was approved.
	Step int
	// Poll is how often the build is read until it waits for the approval, and
	// for how long. The pipeline's own limit for approvals is seven days unless
	// it says otherwise (documentation of the pending-approval step).
	Poll Poll
}

// Decision is what came of [BuildService.Approve] or [BuildService.Deny].
type Decision struct {
	Build   Build // as it was read last
	Verdict Verdict
	// Already reports that the build had been decided so before, and nothing
	// was done.
	Already bool
}

// ReasonKey is the key of the annotation that holds the reason for a decision,
// as the published ServiceNow plugin sets it.
const ReasonKey = "Reason"

// markKey is the key of the annotation in which decisions are remembered:
// "approving" and "denying" before the call, "approved" and "denied" after it.
func markKey(step int) string { return "itsmkit_approval_" + strconv.Itoa(step) }

// Approve lets a build go on that waits for an approval, and puts the reason
// down as its annotation "Reason".
//
// The build is read first. While it has not come to its approval, Approve waits
// as a.Poll says, because the service drops an approval that comes too early. A
// build that has ended, or does not ask within that time, is ErrNotPending. Then
// the reason is put down, the approval sent once, and the build read again to
// see that it took effect.
//
// What was decided is remembered in an annotation of the build. The same
// decision again is a success that does nothing; one that was denied is
// ErrAlreadyDecided, always. When the answer is lost, the build is read instead
// of approved again: it is repeated only where the build still waits and has no
// other step to approve, by its YAML. Where that cannot be told the error is
// ErrAmbiguous, and a person has to look.
//
// The service has no lock: of two programs that decide one build at the same
// time, both may find it waiting. Within one Client decisions about one build
// take turns.
func (s *BuildService) Approve(ctx context.Context, id, reason string, a Approval, opts ...CallOption) (Decision, error) {
	return s.decide(ctx, "Builds.Approve", Approved, id, reason, a, opts)
}

// Deny ends a build that waits for an approval, as [BuildService.Approve] lets
// it go on. A build that is ErrAlreadyDecided was approved. One that ended
// without an approval needs no denial: that is ErrNotPending. A denial is not
// held up by an annotation that cannot be written.
func (s *BuildService) Deny(ctx context.Context, id, reason string, a Approval, opts ...CallOption) (Decision, error) {
	return s.decide(ctx, "Builds.Deny", Denied, id, reason, a, opts)
}

func (s *BuildService) decide(ctx context.Context, op string, v Verdict, id, reason string, a Approval, opts []CallOption) (Decision, error) {
	if a.Step == 0 {
		a.Step = 1
	}
	poll, err := a.Poll.resolve()
	switch {
	case err != nil:
		return Decision{}, fmt.Errorf("codefresh: %s: %w", op, err)
	case a.Step < 0:
		return Decision{}, fmt.Errorf("codefresh: %s: Approval.Step is %d; count from 1", op, a.Step)
	case strings.TrimSpace(reason) == "":
		return Decision{}, fmt.Errorf("codefresh: %s: the reason is empty; say why, it is kept at the build", op)
	}
	if err := checkID(op, "build id", id); err != nil {
		return Decision{}, err
	}
	release, err := s.turns.Take(ctx, id)
	if err != nil {
		return Decision{}, err
	}
	defer release()
	d := &decider{s: s, op: op, verdict: v, id: id, reason: reason, step: a.Step, opts: opts}
	return d.run(ctx, poll)
}

// decider decides one approval of one build.
type decider struct {
	s       *BuildService
	op      string
	verdict Verdict
	id      string
	reason  string
	step    int
	opts    []CallOption
	begun   string // what a call before this one was about to do: "approving", "denying" or ""
	build   Build
}

func (d *decider) run(ctx context.Context, poll Poll) (Decision, error) {
	mark, err := d.mark(ctx)
	if err != nil && (d.verdict == Approved || errors.Is(err, ErrNotPending)) {
		return d.decision(false), err
	}
	switch mark {
	case string(d.verdict):
		err := d.read(ctx)
		return d.decision(true), err
	case string(other(d.verdict)):
		return d.decision(false), d.decided(other(d.verdict))
	case "denying":
		// A denial that was begun is not overtaken by an approval.
		if d.verdict == Approved {
			return d.decision(false), d.decided(Denied)
		}
	}
	d.begun = mark
	if err := d.wait(ctx, poll); err != nil {
		return d.decision(false), err
	}
	if d.build.Status != StatusPendingApproval {
		// It was begun before, and the build no longer waits.
		return d.decision(true), d.remember(ctx, string(d.verdict))
	}
	if d.begun != "" && d.build.Approvals() != 1 {
		return d.decision(false), d.ambiguous("a decision was begun before, and the build may wait at a later step now")
	}
	if err := d.announce(ctx); err != nil {
		return d.decision(false), err
	}
	if err := d.act(ctx); err != nil {
		return d.decision(false), err
	}
	return d.decision(false), d.remember(ctx, string(d.verdict))
}

// mark reads what is remembered of this approval. An old value may still stand
// beside a new one; what was done counts more than what was begun.
func (d *decider) mark(ctx context.Context) (string, error) {
	notes, err := d.s.c.Annotations.List(ctx, EntityBuild, d.id, d.opts...)
	if err == nil && d.step > 1 && !holds(notes, markKey(d.step-1), string(Approved)) {
		return "", fmt.Errorf("codefresh: %s: build %s, step %d: step %d was not approved by this library: %w", d.op, d.id, d.step, d.step-1, ErrNotPending)
	}
	for _, value := range []string{string(Denied), string(Approved), doing(Denied), doing(Approved)} {
		if holds(notes, markKey(d.step), value) {
			return value, err
		}
	}
	return "", err
}

func (d *decider) read(ctx context.Context) error {
	b, err := d.s.Get(ctx, d.id, d.opts...)
	if err == nil {
		d.build = b
	}
	return err
}

// wait reads the build until it waits for an approval or, when its decision was
// begun before, no longer does. A build that has ended otherwise is an error.
func (d *decider) wait(ctx context.Context, poll Poll) error {
	begun := d.begun == doing(d.verdict)
	err := poll.run(ctx, func(ctx context.Context) (bool, error) {
		if err := d.read(ctx); err != nil {
			return false, err
		}
		switch {
		case d.build.Status == StatusPendingApproval:
			return true, nil
		case d.build.Status == StatusDenied:
			if d.verdict == Denied {
				return true, nil
			}
			return false, d.decided(Denied)
		case d.begun == doing(Approved) && (d.build.Status == StatusRunning || d.build.Status == StatusSuccess):
			// It waited when the approval was begun, and went on.
			if d.verdict == Approved {
				return true, nil
			}
			return false, d.decided(Approved)
		case d.build.Status.Ended():
			if begun && d.verdict == Denied {
				return true, nil // it waited when the denial was begun, and stopped
			}
			return false, fmt.Errorf("codefresh: %s: build %s is %q: %w", d.op, d.id, string(d.build.Status), ErrNotPending)
		}
		return false, nil
	})
	if errors.Is(err, ErrStillWaiting) {
		return fmt.Errorf("codefresh: %s: build %s is %q: %w", d.op, d.id, string(d.build.Status), errors.Join(ErrNotPending, err))
	}
	return err
}

// announce puts down the reason and what is about to happen.
func (d *decider) announce(ctx context.Context) error {
	err := d.remember(ctx, doing(d.verdict))
	if err == nil {
		_, err = d.s.c.Annotations.Set(ctx, EntityBuild, d.id, ReasonKey, d.reason, d.opts...)
	}
	if d.verdict == Denied && ctx.Err() == nil {
		return nil
	}
	return err
}

// remember writes the mark. A decision that was carried out is no failure when
// only its mark could not be written.
func (d *decider) remember(ctx context.Context, value string) error {
	_, err := d.s.c.Annotations.Set(ctx, EntityBuild, d.id, markKey(d.step), value, d.opts...)
	if value == string(d.verdict) {
		return nil
	}
	return err
}

// maxActs is how often a decision is sent whose answers are lost.
const maxActs = 3

// act sends the decision and sees that it takes effect.
func (d *decider) act(ctx context.Context) error {
	for n := 1; ; n++ {
		err := d.send(ctx)
		if err == nil {
			return d.confirm(ctx)
		}
		var failed *Error
		if !errors.As(err, &failed) || !failed.MaybeApplied() {
			return d.refused(ctx, err)
		}
		if rerr := d.reread(ctx); rerr != nil {
			return fmt.Errorf("codefresh: %s: build %s could not be read after its decision: %w", d.op, d.id, errors.Join(ErrAmbiguous, err, rerr))
		}
		switch {
		case d.build.Status != StatusPendingApproval:
			return d.outcome()
		case d.build.Approvals() != 1:
			return d.ambiguous("the answer was lost, and the build may wait at a later step now")
		case n == maxActs:
			return d.ambiguous(fmt.Sprintf("%d answers were lost, and the build still waits", n))
		}
	}
}

func (d *decider) send(ctx context.Context) error {
	verb := "approve"
	if d.verdict == Denied {
		verb = "deny"
	}
	return d.s.c.send(ctx, d.op, http.MethodGet, rest.Act, nil, nil, nil, d.opts, "workflow", d.id, "pending-approval", verb)
}

// confirmation is how the build is watched after a decision that was accepted.
var confirmation = rest.Poll{Min: 500 * time.Millisecond, Max: 5 * time.Second, Timeout: 30 * time.Second}

// confirm sees that the build has left its approval behind. With more steps to
// approve it may wait at the next one by now, so there the answer has to do.
func (d *decider) confirm(ctx context.Context) error {
	if d.build.Approvals() != 1 {
		_ = d.read(ctx) // the decision was accepted, whatever this says
		return nil
	}
	err := confirmation.Run(ctx, func(ctx context.Context) (bool, error) {
		err := d.read(ctx)
		return d.build.Status != StatusPendingApproval, err
	})
	switch {
	case err == nil:
		return d.outcome()
	case errors.Is(err, ErrStillWaiting) && d.build.Status == StatusPendingApproval:
		return d.ambiguous("it was accepted, and the build still waits")
	}
	return nil // accepted, and only not seen
}

// reread reads the build after a lost answer, for as long as that needs.
func (d *decider) reread(ctx context.Context) error {
	return confirmation.Run(ctx, func(ctx context.Context) (bool, error) { return true, d.read(ctx) })
}

// outcome judges a build that no longer waits.
func (d *decider) outcome() error {
	switch {
	case d.build.Status == StatusDenied && d.verdict == Approved:
		return d.decided(Denied)
	case d.verdict == Approved && (d.build.Status == StatusTerminated || d.build.Status == StatusTerminating):
		return d.ambiguous("the build was terminated meanwhile")
	case d.verdict == Denied && d.build.Status == StatusSuccess && d.build.Approvals() == 1:
		// A step that may fail lets the build go on after a denial, so this is
		// no proof of the opposite.
		return d.ambiguous("the build went on")
	}
	return nil
}

// refused judges a decision that the service did not take.
func (d *decider) refused(ctx context.Context, err error) error {
	if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrForbidden) || errors.Is(err, ErrRateLimited) || ctx.Err() != nil {
		return err
	}
	if rerr := d.read(ctx); rerr != nil || d.build.Status == StatusPendingApproval {
		return err
	}
	if d.build.Status == StatusDenied {
		if d.verdict == Denied {
			return nil
		}
		return errors.Join(d.decided(Denied), err)
	}
	return fmt.Errorf("codefresh: %s: build %s is %q by now: %w", d.op, d.id, string(d.build.Status), errors.Join(ErrNotPending, err))
}

func (d *decider) decision(already bool) Decision {
	return Decision{Build: d.build, Verdict: d.verdict, Already: already}
}

func (d *decider) decided(v Verdict) error {
	return fmt.Errorf("codefresh: %s: build %s, step %d: %s: %w", d.op, d.id, d.step, v, errors.Join(ErrAlreadyDecided, ErrConflict))
}

func (d *decider) ambiguous(why string) error {
	return fmt.Errorf("codefresh: %s: build %s, step %d: %s; look at the build: %w", d.op, d.id, d.step, why, ErrAmbiguous)
}

func other(v Verdict) Verdict {
	if v == Approved {
		return Denied
	}
	return Approved
}

func doing(v Verdict) string {
	if v == Approved {
		return "approving"
	}
	return "denying"
}
