package servicenow_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestAttachmentAttributes(t *testing.T) {
	server, client := startWith(t, servicenowtest.Options{}, servicenow.Config{MaxRetries: -1})
	incident, err := server.Insert("incident", nil)
	if err != nil {
		t.Fatal(err)
	}
	file, err := server.Attach("incident", incident, "a.png", "image/png", []byte("png"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, files := t.Context(), client.Attachments
	attribute := func(key, value string) servicenow.AttachmentAttribute {
		return servicenow.AttachmentAttribute{Key: key, Value: value}
	}
	for _, one := range []servicenow.AttachmentAttribute{attribute("author", "Fred"), attribute("alt text", "A printer / on fire?")} {
		if got, err := files.AddAttribute(ctx, file, one); got != one || err != nil {
			t.Fatalf("added %v, %v", got, err)
		}
	}
	if got, err := files.Attribute(ctx, file, "alt text"); got != attribute("alt text", "A printer / on fire?") || err != nil {
		t.Errorf("read %v, %v", got, err)
	}
	if got, err := files.SetAttribute(ctx, file, attribute("author", "Joe")); got != attribute("author", "Joe") || err != nil {
		t.Errorf("set %v, %v", got, err)
	}
	if got, err := files.Attributes(ctx, file); err != nil || !reflect.DeepEqual(got, []servicenow.AttachmentAttribute{attribute("alt text", "A printer / on fire?"), attribute("author", "Joe")}) {
		t.Errorf("all %v, %v", got, err)
	}
	if err := files.DeleteAttribute(ctx, file, "author"); err != nil {
		t.Error(err)
	}
	if _, err := files.Attribute(ctx, file, "author"); !errors.Is(err, servicenow.ErrNotFound) {
		t.Errorf("a deleted one: %v", err)
	}
	if err := files.DeleteAttributes(ctx, file); err != nil || server.Count("sys_attachment_attribute") != 0 {
		t.Errorf("%v, %d left", err, server.Count("sys_attachment_attribute"))
	}
	if got, err := files.Attributes(ctx, file); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
	server.Fail(servicenowtest.Terminated(0).OnCall(1))
	if _, err := files.Attributes(ctx, file); !errors.Is(err, servicenow.ErrTruncated) {
		t.Errorf("a cut list: %v", err)
	}
}

func TestAttachmentAttributesBadInput(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, files := t.Context(), client.Attachments
	_, err1 := files.Attributes(ctx, "")
	_, err2 := files.Attribute(ctx, "x", "")
	_, err3 := files.AddAttribute(ctx, "x", servicenow.AttachmentAttribute{Value: "v"})
	_, err4 := files.AddAttribute(ctx, "x", servicenow.AttachmentAttribute{Key: "k"})
	_, err5 := files.SetAttribute(ctx, "x", servicenow.AttachmentAttribute{Key: "k"})
	_, err6 := files.SetAttribute(ctx, "x", servicenow.AttachmentAttribute{Key: "..", Value: "v"})
	for i, err := range []error{err1, err2, err3, err4, err5, err6, files.DeleteAttribute(ctx, "x", ""), files.DeleteAttributes(ctx, "")} {
		if err == nil || !strings.HasPrefix(err.Error(), "servicenow: Attachments.") {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("%d requests", n)
	}
}
