package servicenow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ErrCorrupt (an ErrTruncated): the content of a download differs from what the
// instance says about it.
var ErrCorrupt = kind("the content differs from its metadata", ErrTruncated)

const metadataHeader = "X-Attachment-Metadata"

// AttachmentReader reads the content of a file as it comes. It must be closed.
type AttachmentReader struct {
	// Attachment is the metadata that came with the content; empty where the
	// instance sent none.
	Attachment Attachment
	// Size is the length of the content in bytes, -1 when nobody said.
	Size int64

	call *rest.Call
	body io.ReadCloser
	read int64
	hash hash.Hash
	err  error
}

// Open begins to read the content of a file, which may be of any size: nothing of
// it is kept in memory. The request is repeated until the content begins, and
// not after that. Timeout bounds the wait for the headers and each wait for more
// of the content. Reading ends in io.EOF only when all of it has come: a download
// that was cut gives an error that is ErrTruncated. The caller must close the
// reader; until then it occupies a connection, but no slot of Concurrency.
func (s *AttachmentService) Open(ctx context.Context, sysID string, opts ...CallOption) (*AttachmentReader, error) {
	call := &rest.Call{
		Op: "Attachments.Open", Method: http.MethodGet,
		// identity: the length of the content is then known, and a cut noticed.
		Header: http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"identity"}},
	}
	return s.open(ctx, call, sysID, opts)
}

func (s *AttachmentService) open(ctx context.Context, call *rest.Call, sysID string, opts []CallOption) (*AttachmentReader, error) {
	if sysID == "" {
		return nil, badAttachment(call, errors.New("the attachment's sys_id is empty"))
	}
	if err := attachmentPath(call, sysID, "file"); err != nil {
		return nil, err
	}
	rest.Apply(call, opts...)
	stream, err := s.client.rest.Stream(ctx, call, notAFile)
	if err != nil {
		return nil, err
	}
	r := &AttachmentReader{call: call, body: stream.Body, Size: stream.Length}
	if text := stream.Header.Get(metadataHeader); text != "" && json.Unmarshal([]byte(text), &r.Attachment) == nil && r.Size < 0 {
		if size := int64(r.Attachment.SizeBytes); size > 0 {
			r.Size = size
		}
	}
	return r, nil
}

// notAFile tells an answer that is no file by its headers: a request that was
// dropped, or a web page (a sign-in form, an instance that sleeps) where the
// metadata that come with each file are missing.
func notAFile(status int, header http.Header) bool {
	page := strings.Contains(strings.ToLower(header.Get("Content-Type")), "html")
	return status == http.StatusAccepted || page && header.Get(metadataHeader) == ""
}

// Read implements io.Reader.
func (r *AttachmentReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.body.Read(p)
	r.read += int64(n)
	if r.hash != nil {
		r.hash.Write(p[:n])
	}
	if err == io.EOF { //nolint:errorlint // a wrapped io.EOF is no end
		err = r.check()
	}
	r.err = err
	return n, err
}

// check compares what came with what was announced.
func (r *AttachmentReader) check() error {
	if r.Size >= 0 && r.read != r.Size {
		return r.corrupt(fmt.Sprintf("%d of %d bytes came", r.read, r.Size))
	}
	if r.hash != nil && len(r.Attachment.Hash) == 2*sha256.Size && !strings.EqualFold(hex.EncodeToString(r.hash.Sum(nil)), r.Attachment.Hash) {
		return r.corrupt("its SHA-256 is another one; use Open to read it all the same")
	}
	return io.EOF
}

func (r *AttachmentReader) corrupt(message string) error {
	return wrap(&rest.Failure{Op: r.call.Op, Method: http.MethodGet, Path: r.call.Path, Status: http.StatusOK, Kind: ErrCorrupt, Message: message, Transient: true})
}

// Close implements io.Closer.
func (r *AttachmentReader) Close() error { return r.body.Close() }

// Download copies the content of a file to w and returns what the instance says
// about the file. Where that names a SHA-256, the content is compared with it:
// ErrCorrupt. What was written before an error stays written.
func (s *AttachmentService) Download(ctx context.Context, sysID string, w io.Writer, opts ...CallOption) (Attachment, error) {
	call := &rest.Call{
		Op: "Attachments.Download", Method: http.MethodGet,
		Header: http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"identity"}},
	}
	if w == nil {
		return Attachment{}, badAttachment(call, errors.New("the writer is nil"))
	}
	r, err := s.open(ctx, call, sysID, opts)
	if err != nil {
		return Attachment{}, err
	}
	defer func() { _ = r.Close() }()
	r.hash = sha256.New()
	if _, err := io.Copy(w, r); err != nil {
		if r.err != nil && r.err != io.EOF { //nolint:errorlint // it is set to io.EOF itself
			return r.Attachment, r.err
		}
		return r.Attachment, badAttachment(call, fmt.Errorf("write: %w", err))
	}
	return r.Attachment, nil
}
