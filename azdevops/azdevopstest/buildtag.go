package azdevopstest

import (
	"encoding/json"
	"slices"
)

func (s *Server) listTags(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	return list(slices.Clone(b.Tags))
}

func (s *Server) addTags(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	var tags []string
	if json.Unmarshal(q.body, &tags) != nil {
		return misfit("The body cannot be read.")
	}
	return b.tag(tags...)
}

func (s *Server) addTag(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	return b.tag(q.args[1])
}

func (b *build) tag(tags ...string) answer {
	for _, tag := range tags {
		if !slices.Contains(b.Tags, tag) {
			b.Tags = append(b.Tags, tag)
		}
	}
	slices.Sort(b.Tags)
	return list(slices.Clone(b.Tags))
}

func (s *Server) removeTag(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	b.Tags = slices.DeleteFunc(slices.Clone(b.Tags), func(tag string) bool { return tag == q.args[1] })
	return list(slices.Clone(b.Tags))
}
