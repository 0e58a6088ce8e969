package codefreshtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
)

// byProgress finds a build by its progress and brings it up to date.
func (s *Server) byProgress(id string) *build {
	for _, b := range s.builds {
		if b.progress == id {
			b.move(s.Now())
			return b
		}
	}
	return nil
}

// getProgress tells where the log is: of a build that runs in the live store,
// of one that has ended at a signed address.
func (s *Server) getProgress(q *request) answer {
	b := s.byProgress(q.parts[1])
	if b == nil {
		return notFound("Progress " + q.parts[1])
	}
	location := map[string]any{"type": "firebase", "url": "https://live.example.com/" + b.progress}
	if ended(b.Status) {
		location = map[string]any{"type": "gcs", "url": base(q) + "/logs/" + b.progress + "?signature=" + s.signature(b.progress)}
	}
	return ok(map[string]any{"id": b.progress, "status": b.Status, "location": location})
}

func base(q *request) string {
	scheme := "http"
	if q.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + q.Host
}

func (s *Server) signature(progress string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", s.seed, progress))
	return hex.EncodeToString(sum[:8])
}

// log answers the store's address. It wants its signature, and no key: a
// request that shows one is refused, so that a program that leaks it is found
// out.
func (s *Server) log(q *request) answer {
	b := s.byProgress(q.parts[1])
	if b == nil || q.query.Get("signature") != s.signature(q.parts[1]) {
		return answer{status: http.StatusForbidden, raw: []byte("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>")}
	}
	if q.Header.Get("Authorization") != "" {
		return answer{status: http.StatusBadRequest, raw: []byte("<?xml version='1.0'?><Error><Code>InvalidArgument</Code><Message>only one auth mechanism allowed</Message></Error>")}
	}
	steps := map[string]any{}
	for i, stage := range b.stages[:b.at] {
		if stage.Status != "running" && stage.Status != "pending-approval" {
			continue
		}
		steps[fmt.Sprintf("step-%d", i)] = map[string]any{
			"name": fmt.Sprintf("%s_%d", stage.Status, i), "creationTimeStamp": b.Created.Unix() + int64(i),
			"logs": map[string]any{"-0001": fmt.Sprintf("%s of %s\r\n", stage.Status, b.Pipeline), "-0002": "done\r\n"},
		}
	}
	return ok(map[string]any{"steps": steps})
}

// terminate ends a build by its progress.
func (s *Server) terminate(q *request) answer {
	b := s.byProgress(q.parts[1])
	if b == nil {
		return notFound("Progress " + q.parts[1])
	}
	if !ended(b.Status) {
		b.finish("terminated", s.Now())
	}
	return ok(map[string]any{"id": b.progress, "status": b.Status})
}
