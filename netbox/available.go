package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// AvailableAddress is a free address of a prefix or range.
type AvailableAddress struct {
	Family  Family  `json:"family"`
	Address string  `json:"address"` // with the length of the prefix, "192.0.2.7/24"
	VRF     *Nested `json:"vrf"`
}

// AvailablePrefix is a free part of a prefix.
type AvailablePrefix struct {
	Family Family  `json:"family"`
	CIDR   string  `json:"prefix"`
	VRF    *Nested `json:"vrf"`
}

// AvailableVLAN is a free number of a VLAN group.
type AvailableVLAN struct {
	VID   int64   `json:"vid"`
	Group *Nested `json:"group"`
}

// AvailableAddresses lists the first free addresses of a prefix, at most limit
// (0: NetBox's page size, 50). Others may take them meanwhile: NextAddress
// takes one for sure.
func (i IPAM) AvailableAddresses(ctx context.Context, prefixID int64, limit int, opts ...CallOption) ([]AvailableAddress, error) {
	return available[AvailableAddress](ctx, i.Prefixes, "AvailableAddresses", prefixID, "available-ips", limit, opts)
}

// AvailableAddressesOfRange lists the first free addresses of an IP range, as
// AvailableAddresses does.
func (i IPAM) AvailableAddressesOfRange(ctx context.Context, rangeID int64, limit int, opts ...CallOption) ([]AvailableAddress, error) {
	return available[AvailableAddress](ctx, i.IPRanges, "AvailableAddressesOfRange", rangeID, "available-ips", limit, opts)
}

// AvailablePrefixes lists the free parts of a prefix, the largest that fit.
func (i IPAM) AvailablePrefixes(ctx context.Context, prefixID int64, opts ...CallOption) ([]AvailablePrefix, error) {
	return available[AvailablePrefix](ctx, i.Prefixes, "AvailablePrefixes", prefixID, "available-prefixes", 0, opts)
}

// AvailableVLANs lists the first free numbers of a VLAN group, at most limit
// (0: NetBox's page size, 50).
func (i IPAM) AvailableVLANs(ctx context.Context, groupID int64, limit int, opts ...CallOption) ([]AvailableVLAN, error) {
	return available[AvailableVLAN](ctx, i.VLANGroups, "AvailableVLANs", groupID, "available-vlans", limit, opts)
}

// NextAddress creates the first free address of a prefix and returns it. body
// is nil, an [IPAddressWrite] or a map with the other fields; NetBox chooses
// address and VRF. NetBox looks and creates under one lock, so that callers at
// the same time get different addresses. A prefix without a free one is
// [ErrNoSpace]. The call is not repeated after a fault that leaves its outcome
// open (MaybeApplied of the error is true then): an address may have been
// created that nobody uses, so look for it by what body said of it.
func (i IPAM) NextAddress(ctx context.Context, prefixID int64, body any, opts ...CallOption) (IPAddress, error) {
	return next(ctx, i.Prefixes, i.IPAddresses, "NextAddress", prefixID, "available-ips", body, nil, opts, "address", "vrf")
}

// NextAddressOfRange creates the first free address of an IP range, as
// NextAddress does.
func (i IPAM) NextAddressOfRange(ctx context.Context, rangeID int64, body any, opts ...CallOption) (IPAddress, error) {
	return next(ctx, i.IPRanges, i.IPAddresses, "NextAddressOfRange", rangeID, "available-ips", body, nil, opts, "address", "vrf")
}

// NextPrefix creates the first free prefix of the given length within another
// one, as NextAddress does for addresses.
func (i IPAM) NextPrefix(ctx context.Context, prefixID int64, length int, body any, opts ...CallOption) (Prefix, error) {
	if length < 1 || length > 128 {
		return Prefix{}, fmt.Errorf("netbox: IPAM.NextPrefix: length %d is not the length of a prefix", length)
	}
	more := map[string]json.RawMessage{"prefix_length": json.RawMessage(strconv.Itoa(length))}
	return next(ctx, i.Prefixes, i.Prefixes, "NextPrefix", prefixID, "available-prefixes", body, more, opts, "prefix", "vrf")
}

// NextVLAN creates a VLAN with the first free number of a group, as NextAddress
// does for addresses. Name is required in body.
func (i IPAM) NextVLAN(ctx context.Context, groupID int64, body any, opts ...CallOption) (VLAN, error) {
	if body == nil {
		return VLAN{}, errors.New("netbox: IPAM.NextVLAN: body is nil; a VLAN needs a Name")
	}
	return next(ctx, i.VLANGroups, i.VLANs, "NextVLAN", groupID, "available-vlans", body, nil, opts, "vid", "group")
}

// available reads what is free below a parent.
func available[A, P any](ctx context.Context, parent *Resource[P], verb string, id int64, what string, limit int, opts []CallOption) ([]A, error) {
	op := "IPAM." + verb
	if limit < 0 {
		return nil, fmt.Errorf("netbox: %s: limit %d is negative", op, limit)
	}
	path, err := parent.below(id, what)
	if err != nil {
		return nil, err
	}
	var list []A
	call := &rest.Call{Op: op, Method: http.MethodGet, Path: path, Kind: rest.Read, Decode: decodeInto(&list)}
	if limit > 0 {
		call.Query = url.Values{"limit": {strconv.Itoa(limit)}}
	}
	err = parent.c.do(ctx, call, opts)
	return list, err
}

// next creates the next free child of a parent.
func next[P, T any](ctx context.Context, parent *Resource[P], child *Resource[T], verb string, id int64, what string, body any,
	more map[string]json.RawMessage, opts []CallOption, chosen ...string) (T, error) {
	var v T
	op := "IPAM." + verb
	path, err := parent.below(id, what)
	if err != nil {
		return v, err
	}
	fields := map[string]json.RawMessage{}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return v, fmt.Errorf("netbox: %s: body: %w", op, err)
		}
		if string(data) != "{}" {
			if data, err = child.body(ctx, op, body); err != nil {
				return v, err
			}
			if fields, err = topLevel(data); err != nil {
				return v, fmt.Errorf("netbox: %s: body: %w", op, err)
			}
		}
	}
	for _, name := range chosen {
		if _, ok := fields[name]; ok {
			return v, fmt.Errorf("netbox: %s: body: NetBox chooses %s itself; leave it out", op, name)
		}
	}
	maps.Copy(fields, more)
	data, err := json.Marshal(fields)
	if err != nil {
		return v, fmt.Errorf("netbox: %s: body: %w", op, err)
	}
	err = parent.c.do(ctx, &rest.Call{Op: op, Method: http.MethodPost, Path: path, Body: data, Kind: rest.Append, Decode: decodeInto(&v)}, opts)
	return v, err
}

// below is the path of something of an object.
func (r *Resource[T]) below(id int64, what string) (string, error) {
	if err := r.ready(); err != nil {
		return "", err
	}
	path, err := r.s.object(id)
	return path + what + "/", err
}
