package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Upserted says what Upsert did.
type Upserted struct {
	// Created: the object did not exist before.
	Created bool
	// Changes are the fields that an existing object was changed in; none
	// when it was as wanted already.
	Changes Changes
}

// SeveralError says that more than one object fits what was to be written, so
// that nothing was. It is [ErrConflict], and whatever Err is.
type SeveralError struct {
	Op  string
	IDs []int64 // the objects, in ascending order
	Err error   // what the create was refused with; nil when it was not tried
}

// Error names the objects.
func (e *SeveralError) Error() string {
	ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(e.IDs), " ", ", "), "[]")
	text := fmt.Sprintf("netbox: %s: %d objects fit (ids %s), so nothing was written; merge them or use UpdateDiff with one's id", e.Op, len(e.IDs), ids)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives errors.Is and errors.As the kind and the refusal.
func (e *SeveralError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrConflict}
	}
	return []error{ErrConflict, e.Err}
}

// Upsert makes sure that an object with the fields of body exists, by the
// natural key of its type, which is NetBox's own uniqueness rule: a site's
// name, a region's parent and name, a device's asset tag or its site, tenant
// and name. It creates the object; when NetBox refuses that, or the create's
// outcome is unknown, it looks the key up: exactly one object is adopted and
// changed where it differs (see UpdateDiff), none gives the refusal back,
// several are a [SeveralError]. Texts of refusals decide nothing, they differ
// by release. Where NetBox has no rule (a rack without location) the object is
// looked up first; two such calls at once can then both create.
//
// A missing slug is made with [Slug]. An object that has only the slug in
// common is another one ("A B" and "A-B"): then a slug with a suffix is taken,
// see [SlugWithSuffix]. An adopted object keeps its slug.
//
// Relations of the key must be given as ids. Types without a known natural key
// are refused, as are names that NetBox would not find again (none at all). So
// are cables: a cable is known by its ends only, of which either may be called A
// and have several terminations, and NetBox finds a cable by one termination of
// an end, not by all. List the cables of one termination and compare both ends.
func (r *Resource[T]) Upsert(ctx context.Context, body any, opts ...CallOption) (T, Upserted, error) {
	var zero T
	if err := r.ready(); err != nil {
		return zero, Upserted{}, err
	}
	u, err := r.upsertion(ctx, body, opts)
	if err != nil {
		return zero, Upserted{}, fmt.Errorf("netbox: %s: body: %w", r.op("Upsert"), err)
	}
	if slices.ContainsFunc(u.identities, identity.loose) {
		row, done, err := u.adopt(ctx, nil)
		if done != nil || err != nil {
			return row, value(done), err
		}
	}
	for try := 1; ; try++ {
		row, err := u.create(ctx)
		if err == nil {
			return row, Upserted{Created: true}, nil
		}
		if !mayExist(err) {
			return zero, Upserted{}, err
		}
		row, done, lookErr := u.adopt(ctx, err)
		if done != nil || lookErr != nil {
			return row, value(done), lookErr
		}
		taken, lookErr := u.slugTaken(ctx)
		if lookErr != nil {
			return zero, Upserted{}, errors.Join(err, lookErr)
		}
		if !taken || try > 1 {
			return zero, Upserted{}, err
		}
		u.suffix()
	}
}

func value(u *Upserted) Upserted {
	if u == nil {
		return Upserted{}
	}
	return *u
}

// mayExist reports whether a failed create leaves the question open whether the
// object exists: a refusal, a constraint hit late, an answer that was lost.
func mayExist(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	return e.Status == http.StatusBadRequest || e.MaybeApplied() ||
		e.Status == http.StatusInternalServerError && errors.Is(err, ErrConflict)
}

// upsertion is one Upsert under way.
type upsertion[T any] struct {
	r          *Resource[T]
	opts       []CallOption
	fields     map[string]any
	raw        map[string]json.RawMessage
	identities []identity
}

// upsertion checks the body before anything is written.
func (r *Resource[T]) upsertion(ctx context.Context, body any, opts []CallOption) (*upsertion[T], error) {
	probe := &rest.Call{}
	rest.Apply(probe, opts...)
	if probe.Header.Get("If-Match") != "" {
		return nil, errors.New("has IfMatch among its options, which names one object; use UpdateDiff")
	}
	fields, raw, err := decodeBody(body)
	if err != nil {
		return nil, err
	}
	u := &upsertion[T]{r: r, opts: opts, fields: fields, raw: raw}
	first, err := u.createBody(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.checkBody(ctx, first); err != nil {
		return nil, err
	}
	keys := naturalKeys(r.s.path)
	var known Version
	if slices.ContainsFunc(keys, func(k naturalKey) bool { return !k.since.IsZero() || !k.until.IsZero() }) {
		if known, err = r.c.APIVersion(ctx); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(keys, naturalKey.isSlug) && plainText(fields["slug"]) == "" {
		name := plainText(fields[keys[0].name])
		fields["slug"] = Slug(name)
		raw["slug"] = mustJSON(fields["slug"])
	}
	u.identities, err = r.identities(known, fields)
	return u, err
}

func (u *upsertion[T]) create(ctx context.Context) (T, error) {
	body, err := u.createBody(ctx)
	if err != nil {
		var zero T
		return zero, err
	}
	return u.r.Create(ctx, body, u.opts...)
}

// createBody is the body for an object that has no tags yet.
func (u *upsertion[T]) createBody(ctx context.Context) (map[string]json.RawMessage, error) {
	raw := maps.Clone(u.raw)
	err := u.r.foldTags(ctx, nil, maps.Clone(u.fields), raw)
	delete(raw, "remove_tags")
	return raw, err
}

// adopt looks for the object and changes it where it differs. It returns nil
// and no error when there is none.
func (u *upsertion[T]) adopt(ctx context.Context, cause error) (T, *Upserted, error) {
	var zero T
	var found []candidate[T]
	for _, id := range u.identities {
		if id.key.isSlug() {
			continue
		}
		hits, err := u.r.lookUp(ctx, id)
		if err != nil {
			return zero, nil, errors.Join(cause, err)
		}
		for _, hit := range hits {
			if !slices.ContainsFunc(found, func(c candidate[T]) bool { return c.id == hit.id }) {
				found = append(found, hit)
			}
		}
	}
	switch len(found) {
	case 0:
		return zero, nil, nil
	case 1:
	default:
		ids := make([]int64, len(found))
		for i := range found {
			ids[i] = found[i].id
		}
		slices.Sort(ids)
		return zero, nil, &SeveralError{Op: u.r.op("Upsert"), IDs: ids, Err: cause}
	}
	want := maps.Clone(u.raw)
	if found[0].slug != "" {
		delete(want, "slug")
	}
	row, changes, err := u.r.UpdateDiff(ctx, found[0].row, want, u.opts...)
	return row, &Upserted{Changes: changes}, err
}

// slugTaken reports whether an object other than the wanted one has the slug.
func (u *upsertion[T]) slugTaken(ctx context.Context) (bool, error) {
	for _, id := range u.identities {
		if !id.key.isSlug() {
			continue
		}
		hits, err := u.r.lookUp(ctx, id)
		if err != nil || len(hits) > 0 {
			return len(hits) > 0, err
		}
	}
	return false, nil
}

// suffix takes another slug.
func (u *upsertion[T]) suffix() {
	for i, id := range u.identities {
		if !id.key.isSlug() {
			slug := suffixed(plainText(u.fields["slug"]), plainText(u.fields[id.key.name]))
			u.fields["slug"], u.raw["slug"] = slug, mustJSON(slug)
			continue
		}
		slug := plainText(u.fields["slug"])
		u.identities[i].want["slug"] = slug
		u.identities[i].values.Set("slug__ie", slug)
	}
}
