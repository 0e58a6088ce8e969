package azdevops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// maxAttachment is the most bytes that the service takes for one file
// (documentation, "Work tracking, process and project limits").
const maxAttachment = 60 << 20

// Upload puts a file into the client's project and returns a relation by which a
// Patch attaches it to work items. open gives its content, once for each attempt,
// and always the same size bytes: nothing of it is kept in memory.
func (s *WorkItemService) Upload(ctx context.Context, name string, size int64, open func() (io.ReadCloser, error), opts ...CallOption) (Relation, error) {
	const op = "WorkItems.Upload"
	if err := checkName(op, "file name", name); err != nil {
		return Relation{}, err
	}
	switch {
	case strings.ContainsAny(name, `/\`):
		return Relation{}, fmt.Errorf("azdevops: %s: the file name %q holds a slash", op, name)
	case size <= 0 || size > maxAttachment:
		return Relation{}, fmt.Errorf("azdevops: %s: the file has %d bytes; the service takes 1 to %d", op, size, maxAttachment)
	case open == nil:
		return Relation{}, fmt.Errorf("azdevops: %s: open is nil", op)
	}
	var answer struct {
		ID  string `json:"id"`
		URL string `json:"url"`
	}
	q := request{
		op: op, method: http.MethodPost, kind: rest.Idempotent, project: true, path: []string{"_apis", "wit", "attachments"},
		query: url.Values{"fileName": {name}}, media: "application/octet-stream", result: &answer,
		check: func() error {
			if answer.URL == "" {
				return errors.New("the answer names no address")
			}
			return nil
		},
	}
	call, err := s.c.call(q)
	if err != nil {
		return Relation{}, err
	}
	call.Header.Set("Content-Type", q.media)
	call.Upload = &rest.Upload{Length: size, Open: open}
	rest.Apply(call, opts...)
	if _, err := s.c.core.Do(ctx, call); err != nil {
		return Relation{}, err
	}
	return Relation{Kind: RelationFile, URL: answer.URL, Name: name}, nil
}

// Download reads an attached file as it comes. The relation is one of a work
// item, of the kind RelationFile; the file is asked for below the client's own
// address, wherever the relation says that it is. Reading ends in io.EOF only
// when all of it has come. The caller closes it.
func (s *WorkItemService) Download(ctx context.Context, file Relation, opts ...CallOption) (io.ReadCloser, error) {
	const op = "WorkItems.Download"
	id := fileID(file.URL)
	if file.Kind != RelationFile || id == "" {
		return nil, fmt.Errorf("azdevops: %s: the relation leads to no attached file", op)
	}
	call, err := s.c.call(request{op: op, within: true, path: []string{"_apis", "wit", "attachments", id}, query: url.Values{"download": {"true"}}})
	if err != nil {
		return nil, err
	}
	call.Header.Set("Accept", "application/octet-stream")
	rest.Apply(call, opts...)
	stream, err := s.c.core.Stream(ctx, call, isPage)
	if err != nil {
		return nil, err
	}
	return stream.Body, nil
}

// fileID is the id in the address of an attached file, "" when it is none.
func fileID(address string) string {
	const part = "/_apis/wit/attachments/"
	i := strings.Index(strings.ToLower(address), part)
	if i < 0 {
		return ""
	}
	id, _, _ := strings.Cut(address[i+len(part):], "?")
	if strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF-", r) }) {
		return ""
	}
	return id
}
