package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// AttachmentAttribute is a key and its value that an attachment carries, such as
// the text that stands in for an image (Attachment API documentation; not
// verified on a real instance). Older releases have none: there the calls are
// refused as unknown paths.
type AttachmentAttribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Attributes reads all attributes of a file.
func (s *AttachmentService) Attributes(ctx context.Context, sysID string, opts ...CallOption) ([]AttachmentAttribute, error) {
	var all []AttachmentAttribute
	call := &rest.Call{Op: "Attachments.Attributes", Method: http.MethodGet}
	call.Decode = func(a *rest.Answer) (err error) {
		all, err = decodeAttributes(a.Body)
		return err
	}
	if err := s.do(ctx, call, opts, sysID, "attributes"); err != nil {
		return nil, err
	}
	return all, nil
}

// Attribute reads one attribute of a file. One that does not exist is
// ErrNotFound.
func (s *AttachmentService) Attribute(ctx context.Context, sysID, key string, opts ...CallOption) (AttachmentAttribute, error) {
	call := &rest.Call{Op: "Attachments.Attribute", Method: http.MethodGet}
	return s.attribute(ctx, call, opts, key, sysID, "attributes", key)
}

// AddAttribute adds an attribute to a file. Neither key nor value may be empty.
// Whether a key that the file has already is refused is not documented.
func (s *AttachmentService) AddAttribute(ctx context.Context, sysID string, attribute AttachmentAttribute, opts ...CallOption) (AttachmentAttribute, error) {
	call := &rest.Call{Op: "Attachments.AddAttribute", Method: http.MethodPost, Kind: rest.Append}
	if err := attributeBody(call, attribute.Value, attribute); err != nil {
		return AttachmentAttribute{}, err
	}
	return s.attribute(ctx, call, opts, attribute.Key, sysID, "attributes")
}

// SetAttribute gives an attribute that a file has another value, which may not
// be empty.
func (s *AttachmentService) SetAttribute(ctx context.Context, sysID string, attribute AttachmentAttribute, opts ...CallOption) (AttachmentAttribute, error) {
	call := &rest.Call{Op: "Attachments.SetAttribute", Method: http.MethodPut, Kind: rest.Idempotent}
	if err := attributeBody(call, attribute.Value, map[string]string{"value": attribute.Value}); err != nil {
		return AttachmentAttribute{}, err
	}
	return s.attribute(ctx, call, opts, attribute.Key, sysID, "attributes", attribute.Key)
}

// DeleteAttribute removes one attribute of a file.
func (s *AttachmentService) DeleteAttribute(ctx context.Context, sysID, key string, opts ...CallOption) error {
	call := &rest.Call{Op: "Attachments.DeleteAttribute", Method: http.MethodDelete, Kind: rest.Idempotent}
	if key == "" {
		return badAttachment(call, errors.New("the key is empty: DeleteAttributes removes all"))
	}
	return s.do(ctx, call, opts, sysID, "attributes", key)
}

// DeleteAttributes removes all attributes of a file.
func (s *AttachmentService) DeleteAttributes(ctx context.Context, sysID string, opts ...CallOption) error {
	call := &rest.Call{Op: "Attachments.DeleteAttributes", Method: http.MethodDelete, Kind: rest.Idempotent}
	return s.do(ctx, call, opts, sysID, "attributes")
}

func attributeBody(call *rest.Call, value string, body any) (err error) {
	if value == "" {
		return badAttachment(call, errors.New("the value is empty: DeleteAttribute removes an attribute"))
	}
	if call.Body, err = json.Marshal(body); err != nil {
		return badAttachment(call, err)
	}
	return nil
}

// attribute sends a call that answers with one attribute.
func (s *AttachmentService) attribute(ctx context.Context, call *rest.Call, opts []CallOption, key string, elements ...string) (AttachmentAttribute, error) {
	if key == "" {
		return AttachmentAttribute{}, badAttachment(call, errors.New("the key is empty"))
	}
	var one AttachmentAttribute
	call.Decode = func(a *rest.Answer) error {
		one = AttachmentAttribute{} // an earlier attempt may have left half of one
		return decodeOne(a.Body, &one)
	}
	if err := s.do(ctx, call, opts, elements...); err != nil {
		return AttachmentAttribute{}, err
	}
	return one, nil
}

func decodeAttributes(body []byte) ([]AttachmentAttribute, error) {
	var doc struct {
		Result []AttachmentAttribute `json:"result"`
		Error  *wireError            `json:"error"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		if w := trailingError(body); w != nil {
			return nil, w.cut()
		}
		return nil, typeError(err)
	}
	switch {
	case doc.Error != nil:
		return nil, doc.Error.cut()
	case doc.Result == nil:
		return nil, errors.New("the answer holds no list")
	}
	return doc.Result, nil
}
