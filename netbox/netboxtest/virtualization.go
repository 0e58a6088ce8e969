package netboxtest

import "strconv"

// Cluster types, cluster groups, clusters.

func clusterKind(path, model, class, verbose, by string) *resource {
	return &resource{
		path: path, model: model, class: class, verbose: verbose,
		fields: spread(
			text("name", 100).need().once(), slugField().once(), description(), owner(), comments(v45),
			tagsField(), customField(), stamps(), count("cluster_count", "virtualization.cluster", by)),
		brief:  []string{"name", "slug", "description"},
		old:    []string{"name", "slug", "cluster_count"},
		counts: []string{"cluster_count"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
	}
}

func clusterTypeResource() *resource {
	return clusterKind("virtualization/cluster-types", "virtualization.clustertype", "ClusterType", "cluster type", "type")
}

func clusterGroupResource() *resource {
	return clusterKind("virtualization/cluster-groups", "virtualization.clustergroup", "ClusterGroup", "cluster group", "group")
}

var clusterPoint = &generic{span: span{since: v42}, kind: "scope_type", id: "scope_id", shows: "scope", optional: true, models: placeScopes}

func clusterResource() *resource {
	r := &resource{
		path: "virtualization/clusters", model: "virtualization.cluster", class: "Cluster", verbose: "cluster",
		fields: spread(
			text("name", 100).need(), ref("type", "virtualization.clustertype", protect).need(), ref("group", "virtualization.clustergroup", protect).puts(),
			choiceField("status", "active", statuses("planned staging active decommissioning offline")), ref("tenant", "tenancy.tenant", protect),
			ref("site", "dcim.site", protect).puts().before(v42), clusterPoint.fields(),
			description(), owner(), comments(0), tagsField(), customField(), stamps(),
			count("device_count", "dcim.device", "cluster"), count("virtualmachine_count", "virtualization.virtualmachine", "cluster"),
			computed("allocated_vcpus", func(e *encoder, r *row) { e.value(e.s.allocated(r, "vcpus")) }).from(v42),
			computed("allocated_memory", func(e *encoder, r *row) { e.value(e.s.allocated(r, "memory")) }).from(v42),
			computed("allocated_disk", func(e *encoder, r *row) { e.value(e.s.allocated(r, "disk")) }).from(v42)),
		brief:  []string{"name", "description"},
		old:    []string{"name", "virtualmachine_count"},
		counts: []string{"virtualmachine_count"},
		order:  []string{"name"},
		search: []string{"name", "description", "comments"},
		points: clusterPoint,
		uniques: []unique{
			{fields: []string{"group", "name"}},
			{fields: []string{"site", "name"}, span: span{until: v42}},
		},
		filters: []filter{
			{name: "site", anyOf: clusterSites, to: "dcim.site"},
			{name: "region", anyOf: func(s *Server, r *row) []int64 { return s.along(clusterSites(s, r), "region") }, to: "dcim.region", tree: true},
			{name: "site_group", anyOf: func(s *Server, r *row) []int64 { return s.along(clusterSites(s, r), "group") }, to: "dcim.sitegroup", tree: true},
			{name: "location", path: []string{"scope_location"}, tree: true, span: span{since: v42}},
			{name: "tenant_group", path: []string{"tenant", "group"}, tree: true},
		},
		check:    checkCluster,
		database: clusterTwice,
	}
	return r
}

// siteOf is the site that a cluster is at: its scope, or that of its location;
// 0 for a cluster at no site.
func (s *Server) siteOf(cluster *row) int64 {
	if cluster == nil {
		return 0
	}
	if s.schema.v < v42 {
		return cluster.to("site")
	}
	switch at := cluster.at(); at.model {
	case "dcim.site":
		return at.id
	case "dcim.location":
		return s.assigned(cluster).to("site")
	}
	return 0
}

func clusterSites(s *Server, r *row) []int64 {
	if id := s.siteOf(r); id != 0 {
		return []int64{id}
	}
	return nil
}

// along follows a reference of sites.
func (s *Server) along(sites []int64, by string) (out []int64) {
	for _, id := range sites {
		if to := s.rowAt(point{"dcim.site", id}).to(by); to != 0 {
			out = append(out, to)
		}
	}
	return out
}

// allocated is the sum of what a cluster's virtual machines have; null for none.
func (s *Server) allocated(cluster *row, what string) any {
	var whole int64
	var part float64
	some, decimal := false, false
	for _, vm := range s.machinesOn(cluster.id) {
		switch v := vm.get(what).(type) {
		case int64:
			some, whole = true, whole+v
		case float64:
			some, decimal, part = true, true, part+v
		}
	}
	switch {
	case !some:
		return nil
	case decimal:
		return part
	}
	return whole
}

func (s *Server) machinesOn(cluster int64) (out []*row) {
	t := s.tableOf("virtualization.virtualmachine")
	f := t.res.byName["cluster"]
	if t.refs[f][cluster] == 0 {
		return nil
	}
	for _, id := range t.ids {
		if t.rows[id].ref(f) == cluster {
			out = append(out, t.rows[id])
		}
	}
	return out
}

// checkCluster refuses a scope without its other half, and a site where a host
// of the cluster is not.
func checkCluster(s *Server, r, old *row, bad *problems) {
	if !s.checkScope(r, bad) || old == nil {
		return
	}
	site := s.siteOf(r)
	if site == 0 {
		return
	}
	key := "scope"
	if s.schema.v < v42 {
		key = "site"
	}
	apart := 0
	t := s.tableOf("dcim.device")
	for _, id := range t.ids {
		if d := t.rows[id]; d.to("cluster") == r.id && d.to("site") != site {
			apart++
		}
	}
	if apart > 0 {
		bad.add(key, strconv.Itoa(apart)+" devices are assigned as hosts for this cluster but are not in site "+s.display(s.rowAt(point{"dcim.site", site})))
	}
}

// clusterTwice is the rule that a site has one cluster of a name. Since 4.2 only
// the database knows it, and NetBox answers with its exception (4.7.3).
func clusterTwice(s *Server, r *row) *apiError {
	site := s.siteOf(r)
	if s.schema.v < v42 || site == 0 {
		return nil
	}
	t := s.table(r.res)
	for _, id := range t.ids {
		if o := t.rows[id]; id != r.id && o.str("name") == r.str("name") && s.siteOf(o) == site {
			return s.crash("IntegrityError", "duplicate key value violates unique constraint \"virtualization_cluster_unique__site_name\"\n"+
				"DETAIL:  Key (_site_id, name)=("+strconv.FormatInt(site, 10)+", "+r.str("name")+") already exists.")
		}
	}
	return nil
}

// clusterSaved takes the virtual machines of a cluster to its site, without a
// trace.
func (s *Server) clusterSaved(r *row) {
	site := s.siteOf(r)
	if site == 0 {
		return
	}
	for _, vm := range s.machinesOn(r.id) {
		if vm.to("site") != site {
			vm = vm.clone()
			vm.set("site", site)
			s.put(s.table(vm.res), vm.id, vm)
		}
	}
}
