package servicenow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// File is a file to be attached to a record.
type File struct {
	// Table and SysID name the record. Both are required.
	Table, SysID string
	// Name is the file's name. Required.
	Name string
	// ContentType is required by the platform. "": application/octet-stream.
	ContentType string
	// Data is the content, or Open gives it: once for each attempt, so that a
	// refused one can be repeated, and always the same. It must be Size bytes
	// long; nothing of it is kept in memory.
	Data []byte
	Open func() (io.ReadCloser, error)
	Size int64
	// EncryptionContext is the sys_id of the encryption context to keep the
	// file in. "": none. Not used by UploadForm.
	EncryptionContext string
}

// source checks the file and makes its content an upload.
func (f *File) source() (*rest.Upload, error) {
	switch {
	case checkTable(f.Table) != nil:
		return nil, fmt.Errorf("field Table %q: %w", f.Table, checkTable(f.Table))
	case f.SysID == "":
		return nil, errors.New("field SysID is empty: name the record to attach to")
	case f.Name == "":
		return nil, errors.New("field Name is empty")
	case strings.ContainsAny(f.Name, "\r\n\x00"):
		return nil, errors.New("field Name holds a line break")
	case strings.ContainsAny(f.ContentType, "\r\n\x00"):
		return nil, errors.New("field ContentType holds a line break")
	case f.Open == nil && f.Size != 0 && f.Size != int64(len(f.Data)):
		return nil, errors.New("field Size is not the length of Data: leave it at 0")
	case f.Open != nil && f.Data != nil:
		return nil, errors.New("give Data or Open, not both")
	case f.Size < 0:
		return nil, errors.New("field Size is negative: the length must be known before")
	}
	if f.Open != nil {
		return &rest.Upload{Length: f.Size, Open: f.Open}, nil
	}
	return &rest.Upload{Length: int64(len(f.Data)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(f.Data)), nil
	}}, nil
}

func (f *File) contentType() string {
	if f.ContentType == "" {
		return "application/octet-stream"
	}
	return f.ContentType
}

// Upload attaches a file to a record, its content as the body of the request. It
// is repeated only when the server provably did not take it, unless [Idempotent]
// is given, which may attach it twice. Timeout bounds silence, not the transfer.
// The platform takes 1,024 MB unless com.glide.attachment.max_size says
// otherwise, and gives the transfer 60 s of its own time quota.
func (s *AttachmentService) Upload(ctx context.Context, f File, opts ...CallOption) (Attachment, error) {
	call := &rest.Call{Op: "Attachments.Upload", Method: http.MethodPost, Kind: rest.Append}
	upload, err := f.source()
	if err != nil {
		return Attachment{}, badAttachment(call, err)
	}
	call.Upload = upload
	call.Header = http.Header{"Content-Type": {f.contentType()}}
	call.Query = url.Values{"table_name": {f.Table}, "table_sys_id": {f.SysID}, "file_name": {f.Name}}
	if f.EncryptionContext != "" {
		call.Query.Set("encryption_context", f.EncryptionContext)
	}
	return s.one(ctx, call, opts, "file")
}

// UploadForm attaches a file by a multipart form, for instances whose proxies
// take nothing else; otherwise it is as [AttachmentService.Upload].
func (s *AttachmentService) UploadForm(ctx context.Context, f File, opts ...CallOption) (Attachment, error) {
	call := &rest.Call{Op: "Attachments.UploadForm", Method: http.MethodPost, Kind: rest.Append}
	upload, err := f.source()
	if err != nil {
		return Attachment{}, badAttachment(call, err)
	}
	head, tail, kind, err := f.form()
	if err != nil {
		return Attachment{}, badAttachment(call, err)
	}
	call.Header = http.Header{"Content-Type": {kind}}
	call.Upload = &rest.Upload{Length: int64(len(head)) + upload.Length + int64(len(tail)), Open: func() (io.ReadCloser, error) {
		content, err := upload.Open()
		if err != nil {
			return nil, err
		}
		exact := &exactly{from: content, left: upload.Length}
		return formBody{io.MultiReader(bytes.NewReader(head), exact, bytes.NewReader(tail)), content}, nil
	}}
	return s.one(ctx, call, opts, "upload")
}

// form is what stands before and after the content. The file comes last, as the
// platform demands.
func (f *File) form() (head, tail []byte, contentType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range [][2]string{{"table_name", f.Table}, {"table_sys_id", f.SysID}} {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, nil, "", err
		}
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.Name)
	part := textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="uploadFile"; filename="` + quoted + `"`},
		"Content-Type":        {f.contentType()},
	}
	if _, err := w.CreatePart(part); err != nil {
		return nil, nil, "", err
	}
	head = bytes.Clone(b.Bytes())
	b.Reset()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return head, b.Bytes(), w.FormDataContentType(), nil
}

type formBody struct {
	io.Reader
	io.Closer
}

// exactly reads a source of a known length, and notices any other: what follows
// it in the form would otherwise make up for the difference.
type exactly struct {
	from io.Reader
	left int64
}

// Read reads on, and fails where the source is longer or shorter than said.
func (e *exactly) Read(p []byte) (int, error) {
	n, err := e.from.Read(p)
	e.left -= int64(n)
	switch {
	case e.left < 0:
		return 0, errors.New("the content is longer than Size")
	case err == io.EOF && e.left > 0: // itself: a wrapped io.EOF is no end
		return n, fmt.Errorf("the content is %d bytes shorter than Size", e.left)
	}
	return n, err
}
