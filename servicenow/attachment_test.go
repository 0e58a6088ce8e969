package servicenow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// withRecord starts an instance with one incident and returns its sys_id.
func withRecord(t *testing.T, options servicenowtest.Options, config servicenow.Config) (*servicenowtest.Server, *servicenow.Client, string) {
	t.Helper()
	server, client := startWith(t, options, config)
	id, err := server.Insert("incident", servicenowtest.Row{"short_description": "Printer"})
	if err != nil {
		t.Fatal(err)
	}
	return server, client, id
}

// opens gives content as File.Open and counts how often.
func opens(content string, n *int) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		*n++
		return io.NopCloser(strings.NewReader(content)), nil
	}
}

func TestAttachmentRoundTrip(t *testing.T) {
	const content = "a\x00binary\r\n--file\xff"
	for name, upload := range map[string]func(*servicenow.Client, servicenow.File) (servicenow.Attachment, error){
		"body": func(c *servicenow.Client, f servicenow.File) (servicenow.Attachment, error) {
			return c.Attachments.Upload(t.Context(), f)
		},
		"form": func(c *servicenow.Client, f servicenow.File) (servicenow.Attachment, error) {
			return c.Attachments.UploadForm(t.Context(), f)
		},
	} {
		t.Run("Attachment API, "+name, func(t *testing.T) {
			server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{})
			opened := 0
			made, err := upload(client, servicenow.File{
				Table: "incident", SysID: id, Name: `no "te".txt`, ContentType: "text/x-note", Open: opens(content, &opened), Size: int64(len(content)),
			})
			if err != nil {
				t.Fatal(err)
			}
			if made.FileName != `no "te".txt` || made.ContentType != "text/x-note" || made.TableName != "incident" || made.TableSysID != id ||
				made.SizeBytes != servicenow.Int(len(content)) || len(made.Hash) != 64 || opened != 1 {
				t.Errorf("made %+v, opened %d times", made, opened)
			}
			if !strings.HasSuffix(made.DownloadLink, "/api/now/attachment/"+made.SysID+"/file") {
				t.Errorf("link %s", made.DownloadLink)
			}
			if stored, ok := server.Attachment(made.SysID); !ok || string(stored) != content {
				t.Errorf("stored %q", stored)
			}
			if err := client.Attachments.Rename(t.Context(), made.SysID, "b.txt"); err != nil {
				t.Fatal(err)
			}
			got, err := client.Attachments.Get(t.Context(), made.SysID)
			if err != nil || got.FileName != "b.txt" {
				t.Errorf("renamed to %q, %v", got.FileName, err)
			}
			var out bytes.Buffer
			if meta, err := client.Attachments.Download(t.Context(), made.SysID, &out); err != nil || out.String() != content || meta.FileName != "b.txt" {
				t.Errorf("downloaded %q of %+v, %v", out.String(), meta, err)
			}
			for file, err := range client.Attachments.All(t.Context(), servicenow.Query{Where: servicenow.AttachedTo("incident", id)}) {
				if err != nil || file.SysID != made.SysID {
					t.Errorf("listed %+v, %v", file, err)
				}
			}
			if err := client.Attachments.Delete(t.Context(), made.SysID); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Attachments.Open(t.Context(), made.SysID); !errors.Is(err, servicenow.ErrNotFound) {
				t.Errorf("opened what was deleted: %v", err)
			}
		})
	}
}

// 1.13: the requests as they stand on the wire.
func TestAttachmentWire(t *testing.T) {
	server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{})
	made, err := client.Attachments.Upload(t.Context(), servicenow.File{Table: "incident", SysID: id, Name: "a b.txt", Data: []byte("hello"), EncryptionContext: "e"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Attachments.UploadForm(t.Context(), servicenow.File{Table: "incident", SysID: id, Name: "c.txt", Data: []byte("hello")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Attachments.Download(t.Context(), made.SysID, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := client.Attachments.Rename(t.Context(), made.SysID, "d.txt"); err != nil {
		t.Fatal(err)
	}
	calls := server.Journal()
	up, form, down, rename := calls[0], calls[1], calls[2], calls[3]
	if up.Path != "/api/now/attachment/file" || up.Query != "encryption_context=e&file_name=a+b.txt&table_name=incident&table_sys_id="+id ||
		string(up.Body) != "hello" || up.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("upload %s?%s %q %v", up.Path, up.Query, up.Body, up.Header)
	}
	_, boundary, _ := strings.Cut(form.Header.Get("Content-Type"), "multipart/form-data; boundary=")
	want := strings.ReplaceAll(strings.ReplaceAll("--B\nContent-Disposition: form-data; name=\"table_name\"\n\nincident\n--B\n"+
		"Content-Disposition: form-data; name=\"table_sys_id\"\n\n"+id+"\n--B\n"+
		"Content-Disposition: form-data; name=\"uploadFile\"; filename=\"c.txt\"\nContent-Type: application/octet-stream\n\nhello\n--B--\n", "\n", "\r\n"), "B", boundary)
	want = strings.ReplaceAll(want, "Content-Disposition: form-data; name=\"uploadFile\"; filename=\"c.txt\"", `Content-Disposition: form-data; name="uploadFile"; filename="c.txt"`)
	if form.Path != "/api/now/attachment/upload" || form.Query != "" || string(form.Body) != want {
		t.Errorf("form %s\n%q\nwant\n%q", form.Path, form.Body, want)
	}
	if down.Path != "/api/now/attachment/"+made.SysID+"/file" || down.Header.Get("Accept") != "*/*" || down.Header.Get("Accept-Encoding") != "identity" {
		t.Errorf("download %s %v", down.Path, down.Header)
	}
	if rename.Method != http.MethodPatch || string(rename.Body) != `{"file_name":"d.txt"}` || rename.Status != http.StatusNoContent {
		t.Errorf("rename %s %s %d", rename.Method, rename.Body, rename.Status)
	}
}

// A download that was cut is an error however it was cut, and what came before
// the content is repeated.
func TestAttachmentDownloadFaults(t *testing.T) {
	content := strings.Repeat("0123456789", 1000)
	for name, test := range map[string]struct {
		faults []servicenowtest.Fault
		want   error
		sent   int
	}{
		"unavailable first":   {[]servicenowtest.Fault{servicenowtest.Unavailable().OnCall(1)}, nil, 2},
		"dropped first":       {[]servicenowtest.Fault{servicenowtest.Dropped().OnCall(1)}, nil, 2},
		"connection lost":     {[]servicenowtest.Fault{servicenowtest.Fault{CutAfter: 5000}.OnCall(1)}, servicenow.ErrTruncated, 1},
		"ends early":          {[]servicenowtest.Fault{servicenowtest.Fault{Truncate: 5000}.OnCall(1)}, servicenow.ErrTruncated, 1},
		"other content":       {[]servicenowtest.Fault{servicenowtest.Fault{Rewrite: func(b []byte) []byte { b[7] ^= 1; return b }}.OnCall(1)}, servicenow.ErrCorrupt, 1},
		"1.6 sign-in page":    {[]servicenowtest.Fault{servicenowtest.SignInPage()}, servicenow.ErrSignIn, 1},
		"1.6 sleeping":        {[]servicenowtest.Fault{servicenowtest.Asleep()}, servicenow.ErrAsleep, 1},
		"no longer signed in": {[]servicenowtest.Fault{servicenowtest.Unauthenticated()}, servicenow.ErrUnauthorized, 1},
		"1.6 queue is full":   {[]servicenowtest.Fault{servicenowtest.SemaphoreFull().OnCall(1)}, nil, 2},
		"connection refused":  {[]servicenowtest.Fault{servicenowtest.Fault{DropBefore: true}.OnCall(1)}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{MaxBackoff: time.Millisecond})
			file, err := server.Attach("incident", id, "a.txt", "text/plain", []byte(content))
			if err != nil {
				t.Fatal(err)
			}
			server.Fail(test.faults...)
			var out bytes.Buffer
			_, err = client.Attachments.Download(t.Context(), file, &out)
			if !errors.Is(err, test.want) || server.Requests() != test.sent {
				t.Errorf("%v after %d requests", err, server.Requests())
			}
			if test.want == nil && out.String() != content {
				t.Errorf("read %d bytes", out.Len())
			}
			var failure *servicenow.Error
			if test.want != nil && (!errors.As(err, &failure) || failure.Op != "Attachments.Download" || !strings.HasPrefix(err.Error(), "servicenow: ")) {
				t.Errorf("another kind of error: %v", err)
			}
		})
	}
}

// An HTML file is a file, not a sign-in page.
func TestAttachmentOfHTML(t *testing.T) {
	server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{})
	file, err := server.Attach("incident", id, "a.html", "text/html", []byte("<html>hibernating</html>"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Attachments.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "<html>hibernating</html>" || r.Size != 24 || r.Attachment.FileName != "a.html" {
		t.Errorf("%q of %+v, %v", got, r.Attachment, err)
	}
}

// An upload is repeated when the server provably did not take it, with the
// content opened anew, and not when its outcome is unknown.
func TestAttachmentUploadFaults(t *testing.T) {
	for name, test := range map[string]struct {
		fault  servicenowtest.Fault
		opts   []servicenow.CallOption
		want   error
		opened int
		stored int
	}{
		"1.6 queue is full":           {servicenowtest.SemaphoreFull().OnCall(1), nil, nil, 2, 1},
		"1.6 dropped":                 {servicenowtest.Dropped().OnCall(1), nil, nil, 2, 1},
		"answer lost":                 {servicenowtest.Fault{DropAfter: true}.OnCall(1), nil, servicenow.ErrAmbiguous, 1, 1},
		"answer lost, may be twice":   {servicenowtest.Fault{DropAfter: true}.OnCall(1), []servicenow.CallOption{servicenow.Idempotent()}, nil, 2, 2},
		"1.13 larger than is allowed": {servicenowtest.Fault{Status: 413, Body: wire("Attachment too large", "")}, nil, servicenow.ErrInvalid, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{MaxBackoff: time.Millisecond})
			server.Fail(test.fault)
			opened := 0
			_, err := client.Attachments.Upload(t.Context(), servicenow.File{Table: "incident", SysID: id, Name: "a", Open: opens("hello", &opened), Size: 5}, test.opts...)
			if !errors.Is(err, test.want) || opened != test.opened || server.Count("sys_attachment") != test.stored {
				t.Errorf("%v, opened %d times, %d stored", err, opened, server.Count("sys_attachment"))
			}
		})
	}
}

func TestAttachmentPaging(t *testing.T) {
	server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{})
	for i := range 25 {
		if _, err := server.Attach("incident", id, fmt.Sprint(i), "text/plain", []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	var meta servicenow.Response
	seen := map[string]bool{}
	for file, err := range client.Attachments.All(t.Context(), servicenow.Query{Where: servicenow.AttachedTo("incident", id), PageSize: 10}, servicenow.Meta(&meta)) {
		if err != nil {
			t.Fatal(err)
		}
		seen[file.FileName] = true
	}
	if len(seen) != 25 || meta.Visible != 25 || meta.Total != 25 || server.Requests() != 3 {
		t.Errorf("%d files, %d of %d, %d requests", len(seen), meta.Visible, meta.Total, server.Requests())
	}
	page, err := client.Attachments.List(t.Context(), servicenow.Query{PageSize: 10})
	if err != nil || len(page.Items) != 10 || page.Total != 25 || page.Next == "" {
		t.Errorf("a page of %d, %v", len(page.Items), err)
	}
	if err := server.Delete("incident", id); err != nil {
		t.Fatal(err)
	}
	if n := server.Count("sys_attachment"); n != 0 {
		t.Errorf("1.16 %d files of a record that was deleted", n)
	}
}

func TestAttachmentMistakes(t *testing.T) {
	server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{})
	good := servicenow.File{Table: "incident", SysID: id, Name: "a", Data: []byte("x")}
	change := func(f func(*servicenow.File)) servicenow.File {
		file := good
		f(&file)
		return file
	}
	open := opens("", new(int))
	for want, file := range map[string]servicenow.File{
		"Table":             change(func(f *servicenow.File) { f.Table = "a/b" }),
		"SysID is empty":    change(func(f *servicenow.File) { f.SysID = "" }),
		"Name is empty":     change(func(f *servicenow.File) { f.Name = "" }),
		"line break":        change(func(f *servicenow.File) { f.Name = "a\r\nX: y" }),
		"ContentType holds": change(func(f *servicenow.File) { f.ContentType = "a\nb" }),
		"not the length":    change(func(f *servicenow.File) { f.Size = 9 }),
		"not both":          change(func(f *servicenow.File) { f.Open = open }),
		"negative":          change(func(f *servicenow.File) { f.Data, f.Open, f.Size = nil, open, -1 }),
	} {
		for _, upload := range []func(context.Context, servicenow.File, ...servicenow.CallOption) (servicenow.Attachment, error){client.Attachments.Upload, client.Attachments.UploadForm} {
			if _, err := upload(t.Context(), file); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "servicenow: Attachments.Upload") {
				t.Errorf("%s: %v", want, err)
			}
		}
	}
	_, err := client.Attachments.Get(t.Context(), "")
	_, err2 := client.Attachments.Open(t.Context(), "")
	_, err3 := client.Attachments.Download(t.Context(), "x", nil)
	for i, err := range []error{err, err2, err3, client.Attachments.Delete(t.Context(), ""), client.Attachments.Rename(t.Context(), "x", ""), client.Attachments.Rename(t.Context(), "..", "a")} {
		if err == nil {
			t.Errorf("%d: accepted", i)
		}
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
	for name, size := range map[string]int64{"shorter": 9, "longer": 2} {
		opened := 0
		file := change(func(f *servicenow.File) { f.Data, f.Open, f.Size = nil, opens("hello", &opened), size })
		if _, err := client.Attachments.UploadForm(t.Context(), file); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s than Size: %v", name, err)
		}
	}
	if n := server.Count("sys_attachment"); n != 0 {
		t.Errorf("%d files stored", n)
	}
}

// A writer's error is the caller's own.
func TestAttachmentWriterFails(t *testing.T) {
	server, client, id := withRecord(t, servicenowtest.Options{}, servicenow.Config{})
	file, err := server.Attach("incident", id, "a", "text/plain", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	if _, err := client.Attachments.Download(t.Context(), file, writerFunc(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) || errors.Is(err, servicenow.ErrTruncated) {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
