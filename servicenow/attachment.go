package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// AttachmentService reads and writes the files that are attached to records
// (Attachment API). Find it in [Client.Attachments].
type AttachmentService struct {
	client *Client
	files  *Table[Attachment]
}

func newAttachmentService(c *Client) *AttachmentService {
	files := TableOf[Attachment](c, "sys_attachment")
	files.resource = "attachment"
	return &AttachmentService{c, files}
}

// Attachment is what the instance knows about a file, without its content.
type Attachment struct {
	SysID string `json:"sys_id"`
	// FileName and ContentType are as they were given at the upload.
	FileName    string `json:"file_name"`
	ContentType string `json:"content_type"`
	// TableName and TableSysID say which record the file is attached to.
	TableName  string `json:"table_name"`
	TableSysID string `json:"table_sys_id"`
	// SizeBytes is the length of the file, SizeCompressed what it takes in the
	// database; the platform sends both as text.
	SizeBytes      Int `json:"size_bytes"`
	SizeCompressed Int `json:"size_compressed"`
	// Hash is the SHA-256 of the file in hex, "" where the instance has none
	// (read from public clients; not documented).
	Hash string `json:"hash"`
	// State is such as "available".
	State string `json:"state"`
	// DownloadLink is the URL of the content. Use Open or Download instead,
	// which send credentials to the configured host only.
	DownloadLink string   `json:"download_link"`
	CreatedOn    DateTime `json:"sys_created_on"`
	CreatedBy    string   `json:"sys_created_by"`
	UpdatedOn    DateTime `json:"sys_updated_on"`
}

// AttachedTo is the condition on the files of one record, for List and All.
func AttachedTo(table, sysID string) Condition {
	return And(Eq("table_name", table), Eq("table_sys_id", sysID))
}

// List reads one page of metadata. Query is that of tables, over the columns of
// sys_attachment; the API knows neither fields nor display values, so those are
// left at their defaults.
func (s *AttachmentService) List(ctx context.Context, q Query, opts ...CallOption) (Page[Attachment], error) {
	return s.files.List(ctx, q, opts...)
}

// All reads the metadata of every matching file that the user may see, page by
// page, as [Table.All] does.
func (s *AttachmentService) All(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[Attachment, error] {
	return s.files.All(ctx, q, opts...)
}

// Get reads the metadata of one file.
func (s *AttachmentService) Get(ctx context.Context, sysID string, opts ...CallOption) (Attachment, error) {
	call := &rest.Call{Op: "Attachments.Get", Method: http.MethodGet}
	return s.one(ctx, call, opts, sysID)
}

// Rename gives a file another name. The platform answers without the file.
func (s *AttachmentService) Rename(ctx context.Context, sysID, fileName string, opts ...CallOption) error {
	call := &rest.Call{Op: "Attachments.Rename", Method: http.MethodPatch, Kind: rest.Idempotent}
	if fileName == "" {
		return badAttachment(call, errors.New("the file name is empty"))
	}
	data, err := json.Marshal(map[string]string{"file_name": fileName})
	if err != nil {
		return badAttachment(call, err)
	}
	call.Body = data
	return s.do(ctx, call, opts, sysID)
}

// Delete removes a file. One that does not exist, or that an access rule hides,
// is ErrNotFound. Deleting a record deletes its files by itself.
func (s *AttachmentService) Delete(ctx context.Context, sysID string, opts ...CallOption) error {
	return s.do(ctx, &rest.Call{Op: "Attachments.Delete", Method: http.MethodDelete, Kind: rest.Idempotent}, opts, sysID)
}

func (s *AttachmentService) do(ctx context.Context, call *rest.Call, opts []CallOption, elements ...string) error {
	if err := attachmentPath(call, elements...); err != nil {
		return err
	}
	rest.Apply(call, opts...)
	_, err := s.client.rest.Do(ctx, call)
	return err
}

// one sends a call that answers with the metadata of one file.
func (s *AttachmentService) one(ctx context.Context, call *rest.Call, opts []CallOption, elements ...string) (Attachment, error) {
	if err := attachmentPath(call, elements...); err != nil {
		return Attachment{}, err
	}
	rest.Apply(call, opts...)
	var file Attachment
	call.Decode = func(a *rest.Answer) error {
		file = Attachment{} // an earlier attempt may have left half of one
		return decodeOne(a.Body, &file)
	}
	if _, err := s.client.rest.Do(ctx, call); err != nil {
		return Attachment{}, err
	}
	return file, nil
}

func attachmentPath(call *rest.Call, elements ...string) (err error) {
	if len(elements) > 0 && elements[0] == "" {
		return badAttachment(call, errors.New("the attachment's sys_id is empty"))
	}
	call.Path, err = rest.Path(append([]string{"api", "now", "attachment"}, elements...)...)
	if err != nil {
		return badAttachment(call, err)
	}
	return nil
}

func badAttachment(call *rest.Call, err error) error {
	return fmt.Errorf("servicenow: %s: %w", call.Op, err)
}
