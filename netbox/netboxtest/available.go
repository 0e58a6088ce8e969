package netboxtest

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
)

// availables are what can be asked of an object about what is free in it.
var availables = map[string][]string{
	"ipam.prefix": {"available-ips", "available-prefixes"}, "ipam.iprange": {"available-ips"}, "ipam.vlangroup": {"available-vlans"},
}

func isAvailable(res *resource, what string) bool {
	return slices.Contains(availables[res.model], what)
}

// available answers a GET: what is free, up to the limit.
func (x *exchange) available(at place) (*answer, *apiError) {
	parent, err := x.object(at, "view")
	if err != nil {
		return nil, err
	}
	p, err := x.s.readPage(x.r.URL.Query())
	if err != nil {
		return nil, err
	}
	e := encoder{s: x.s, base: x.base, deep: 1}
	e.buf = append(e.buf, '[')
	item := func(i int, name, value string) {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.raw(`{"family":`)
		e.int(int64(family(value)))
		e.raw(`,"` + name + `":`)
		e.str(value)
		e.raw(`,"vrf":`)
		e.nested(x.s.follow(parent, "vrf"), "")
		e.raw("}")
	}
	switch at.special {
	case "available-ips":
		for i, a := range x.s.freeAddresses(parent, p.limit) {
			item(i, "address", a)
		}
	case "available-prefixes":
		for i, n := range x.s.freePrefixes(parent) {
			item(i, "prefix", n.String())
		}
	default:
		for i, vid := range x.s.freeVIDs(parent, p.limit) {
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			e.raw(`{"vid":`)
			e.int(vid)
			e.raw(`,"group":`)
			e.nested(parent, "")
			e.raw("}")
		}
	}
	e.buf = append(e.buf, ']')
	return &answer{status: http.StatusOK, body: e.buf}, nil
}

// take answers a POST: it creates what is asked for with what is free, under
// the lock of the server, so that no two requests get the same.
func (x *exchange) take(at place) (*answer, *apiError) {
	parent, err := x.object(at, "view")
	if err != nil {
		return nil, err
	}
	if x.broken != nil {
		return nil, x.broken
	}
	list, many := x.body.([]any)
	if !many {
		list = []any{x.body}
	}
	child := x.s.schema.byModel[map[string]string{"available-ips": "ipam.ipaddress", "available-prefixes": "ipam.prefix", "available-vlans": "ipam.vlan"}[at.special]]
	if !x.token.granted("add", child.model) {
		return nil, detail(http.StatusForbidden, textForbidden)
	}
	bodies, err := x.fill(at, parent, list)
	if err != nil {
		return nil, err
	}
	var made []*row
	bad := x.s.transact(func() *apiError {
		for _, b := range bodies {
			in, err := x.input(child, b)
			if err != nil {
				return err
			}
			in.put = false
			r, err := x.s.create(child, in, x.by())
			if err != nil && many && err.status == http.StatusBadRequest { // told beside the good ones, in their order
				told := make([]any, len(bodies))
				for i := range told {
					told[i] = object{}
				}
				told[len(made)] = err.body
				return &apiError{status: err.status, body: told}
			}
			if err != nil {
				return err
			}
			made = append(made, r)
		}
		return nil
	})
	if bad != nil {
		return nil, bad
	}
	e := encoder{s: x.s, base: x.base}
	if !many {
		e.object(made[0], x.s.plans[child.at].full, false)
		return &answer{status: http.StatusCreated, body: e.buf}, nil
	}
	e.buf = append(e.buf, '[')
	for i, r := range made {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.object(r, x.s.plans[child.at].full, false)
	}
	e.buf = append(e.buf, ']')
	return &answer{status: http.StatusCreated, body: e.buf}, nil
}

// fill gives each asked for object what is free for it.
func (x *exchange) fill(at place, parent *row, list []any) ([]object, *apiError) {
	s := x.s
	none := detail(http.StatusConflict, "Insufficient resources are available to satisfy the request")
	out := make([]object, len(list))
	for i, v := range list {
		o, ok := v.(object)
		if !ok {
			bad := &problems{}
			bad.add(s.serializerKey(), "Invalid data. Expected a dictionary, but got "+pythonType(v)+".")
			return nil, invalid(bad)
		}
		out[i] = append(object{}, o...)
	}
	var vrf any
	if id := parent.to("vrf"); id != 0 {
		vrf = number(strconv.FormatInt(id, 10))
	}
	switch at.special {
	case "available-ips":
		free := s.freeAddresses(parent, len(out))
		if len(free) < len(out) {
			return nil, none
		}
		for i := range out {
			out[i] = out[i].put("address", free[i]).put("vrf", vrf)
		}
	case "available-vlans":
		free := s.freeVIDs(parent, len(out))
		if len(free) < len(out) {
			return nil, none
		}
		for i := range out {
			if _, named := out[i].get("name"); !named {
				bad := &problems{}
				bad.add("name", textRequired)
				return nil, invalid(bad)
			}
			out[i] = out[i].put("vid", number(strconv.FormatInt(free[i], 10))).put("group", number(strconv.FormatInt(parent.id, 10)))
		}
	default:
		free := s.freePrefixes(parent)
		for i := range out {
			given, ok := out[i].get("prefix_length")
			length, text := prefixLength(given, ok, parent)
			if text != "" {
				return nil, &apiError{status: http.StatusBadRequest, body: []any{object{{"prefix_length", text}}}}
			}
			got, rest, found := carve(free, length)
			if !found {
				return nil, none
			}
			free = rest
			out[i] = out[i].put("prefix", got.String()).put("vrf", vrf)
		}
	}
	return out, nil
}

// prefixLength reads the length of a prefix that is asked for; its refusals are
// neither in the words nor in the shape of other ones (4.7.3).
func prefixLength(given any, ok bool, parent *row) (int, string) {
	n, whole := given.(number)
	length, integer := n.integer()
	bits, family := int64(32), "IPv4"
	if p, err := netip.ParsePrefix(parent.str("prefix")); err == nil && p.Addr().Is6() {
		bits, family = 128, "IPv6"
	}
	switch {
	case !ok:
		return 0, "this field can not be missing"
	case !whole || !integer:
		return 0, "this field must be int type"
	case length > bits:
		return 0, "Invalid prefix length (" + string(n) + ") for " + family
	}
	return int(length), ""
}

// freeAddresses are the first free addresses of a prefix or a range.
func (s *Server) freeAddresses(parent *row, limit int) []string {
	var first, last netip.Addr
	var bits int
	container := false
	if parent.res.model == "ipam.iprange" {
		if parent.get("mark_populated") == true {
			return nil
		}
		first, last = ends(parent)
		p, _ := netip.ParsePrefix(parent.str("start_address"))
		bits = p.Bits()
	} else {
		p, _ := netip.ParsePrefix(parent.str("prefix"))
		first, last, bits = p.Addr(), lastOf(p), p.Bits()
		if parent.get("is_pool") != true && bits < first.BitLen()-1 {
			first = first.Next()
			if first.Is4() {
				last = last.Prev()
			}
		}
		container = parent.to("vrf") == 0 && parent.str("status") == "container"
	}
	var out []string
	ranges := s.tableOf("ipam.iprange")
	for a := first; a.IsValid() && a.Compare(last) <= 0 && (limit <= 0 || len(out) < limit); a = a.Next() {
		taken := false
		for id := range s.hosts[a.String()] {
			o := s.tableOf("ipam.ipaddress").rows[id]
			taken = taken || o != nil && (container || o.to("vrf") == parent.to("vrf"))
		}
		if parent.res.model == "ipam.prefix" {
			for _, id := range ranges.ids {
				if o := ranges.rows[id]; o.get("mark_populated") == true && spans(o, a) && o.to("vrf") == parent.to("vrf") {
					taken = true
				}
			}
		}
		if !taken {
			out = append(out, a.String()+"/"+strconv.Itoa(bits))
		}
	}
	return out
}

// freePrefixes are the free parts of a prefix, as few as can be.
func (s *Server) freePrefixes(parent *row) []netip.Prefix {
	p, _ := netip.ParsePrefix(parent.str("prefix"))
	var taken []netip.Prefix
	t := s.table(parent.res)
	for _, id := range t.ids {
		o := t.rows[id]
		if id != parent.id && o.to("vrf") == parent.to("vrf") && o.str("prefix") != parent.str("prefix") && insideNet(o.str("prefix"), parent.str("prefix")) {
			q, _ := netip.ParsePrefix(o.str("prefix"))
			taken = append(taken, q)
		}
	}
	var out []netip.Prefix
	var split func(n netip.Prefix)
	split = func(n netip.Prefix) {
		inner := false
		for _, q := range taken {
			if q.Bits() <= n.Bits() && q.Contains(n.Addr()) {
				return
			}
			inner = inner || n.Contains(q.Addr())
		}
		if !inner {
			out = append(out, n)
			return
		}
		low, high := halves(n)
		split(low)
		split(high)
	}
	split(p)
	return out
}

func halves(n netip.Prefix) (low, high netip.Prefix) {
	low = netip.PrefixFrom(n.Addr(), n.Bits()+1)
	return low, netip.PrefixFrom(lastOf(low).Next(), n.Bits()+1)
}

// carve takes the first network of a length out of free ones.
func carve(free []netip.Prefix, length int) (got netip.Prefix, rest []netip.Prefix, ok bool) {
	for i, n := range free {
		if n.Bits() > length || length > n.Addr().BitLen() {
			continue
		}
		rest = append(rest, free[:i]...)
		var kept []netip.Prefix
		for n.Bits() < length {
			low, high := halves(n)
			kept = append([]netip.Prefix{high}, kept...)
			n = low
		}
		return n, append(append(rest, kept...), free[i+1:]...), true
	}
	return got, free, false
}

// freeVIDs are the first free numbers of a VLAN group.
func (s *Server) freeVIDs(group *row, limit int) []int64 {
	used := map[int64]bool{}
	t := s.tableOf("ipam.vlan")
	for _, id := range t.ids {
		if o := t.rows[id]; o.to("group") == group.id {
			vid, _ := o.get("vid").(int64)
			used[vid] = true
		}
	}
	var out []int64
	for _, span := range rangesOf(group) {
		for vid := span[0]; vid <= span[1] && (limit <= 0 || len(out) < limit); vid++ {
			if !used[vid] {
				out = append(out, vid)
			}
		}
	}
	return out
}
