package servicenowtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxAttachment is the product's default of com.glide.attachment.max_size.
const maxAttachment = 1024 << 20

// Texts of refusals of the Attachment API; none is documented.
var (
	errFileTooLarge = &apiError{http.StatusRequestEntityTooLarge, "Attachment too large", "The file is larger than com.glide.attachment.max_size"}
	errFileParams   = &apiError{http.StatusBadRequest, "Missing parameter", "table_name, table_sys_id and file_name are required"}
	errFilePart     = &apiError{http.StatusBadRequest, "Failed to read the multipart form", "The part uploadFile must come last"}
)

// Attach adds an attachment to a record as the instance itself does. It returns
// the attachment's sys_id, or an error for an unknown table or record.
func (s *Server) Attach(table, sysID, fileName, contentType string, data []byte) (string, error) {
	c, err := s.class(table)
	if err != nil {
		return "", err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if s.store.find(c, sysID) == nil {
		return "", fmt.Errorf("servicenowtest: attach to %s: no record %s", table, sysID)
	}
	made, failure := s.attach(table, sysID, fileName, contentType, data, s.system())
	if failure != nil {
		return "", failure
	}
	return made.get(colID), nil
}

// Attachment returns the content of an attachment, and whether it exists. The
// bytes must not be changed.
func (s *Server) Attachment(sysID string) ([]byte, bool) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	data, ok := s.store.files[fold(sysID)]
	return data, ok
}

// attach stores a file and its record. The caller holds the lock.
func (s *Server) attach(table, sysID, fileName, contentType string, data []byte, by actor) (*row, *apiError) {
	c := s.store.classes["sys_attachment"]
	sum := sha256.Sum256(data)
	size := strconv.Itoa(len(data))
	var settings []setting
	for name, value := range map[string]string{
		"file_name": fileName, "content_type": contentType, "table_name": table, "table_sys_id": sysID,
		"size_bytes": size, "size_compressed": size, "hash": hex.EncodeToString(sum[:]),
	} {
		if col := c.column(name); col != nil {
			settings = append(settings, setting{col.at, value})
		}
	}
	made, failure := s.store.insert(c, settings, by)
	if failure != nil {
		return nil, failure
	}
	if s.store.files == nil {
		s.store.files = map[string][]byte{}
	}
	s.store.files[made.key] = data
	return made, nil
}

// detach removes what is attached to a record that is deleted, or the content
// of an attachment itself. The caller holds the lock.
func (s *store) detach(old *row) {
	c := s.classes["sys_attachment"]
	if old.class == c {
		delete(s.files, old.key)
		s.dropAttributes(old)
		return
	}
	if len(s.files) == 0 {
		return
	}
	var gone []*row
	for r := range s.equal(c, c.column("table_sys_id").at, old.get(colID)) {
		gone = append(gone, r)
	}
	for _, r := range gone {
		s.displace(r)
		delete(s.files, r.key)
		s.dropAttributes(r)
	}
}

// dropAttributes removes the attributes of an attachment that is deleted.
func (s *store) dropAttributes(file *row) {
	c := s.classes["sys_attachment_attribute"]
	for _, r := range slices.Collect(s.equal(c, c.column("attachment").at, file.get(colID))) {
		s.displace(r)
	}
}

// attachmentRoute answers the Attachment API.
func (s *Server) attachmentRoute(r *request, parts []string) *answer {
	write := r.Method == http.MethodPost
	switch {
	case len(parts) == 1:
		return s.listAttachments(r)
	case len(parts) == 2 && write && parts[1] == "file":
		return s.uploadFile(r)
	case len(parts) == 2 && write && parts[1] == "upload":
		return s.uploadForm(r)
	case len(parts) == 2 && !write:
		return s.oneAttachment(r, parts[1])
	case len(parts) == 3 && parts[2] == "file":
		return s.downloadFile(r, parts[1])
	case len(parts) == 3 && parts[2] == "attributes":
		return s.attributesRoute(r, parts[1], "")
	case len(parts) == 4 && parts[2] == "attributes":
		return s.attributesRoute(r, parts[1], parts[3])
	}
	return failed(errNoPath)
}

// uploading reports whether a request carries a file instead of JSON.
func uploading(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	switch path.Base(r.URL.Path) {
	case "file", "upload":
		return path.Base(path.Dir(r.URL.Path)) == "attachment"
	}
	return false
}

// downloading reports whether a request asks for a file, of whatever type.
func downloading(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.HasSuffix(r.URL.Path, "/file") && strings.Contains(r.URL.Path, "/attachment/")
}

func (s *Server) listAttachments(r *request) *answer {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return failed(errMethod)
	}
	c, g, failure := s.open(r, "sys_attachment")
	if failure != nil {
		return failed(failure)
	}
	q, failure := s.query(r, c)
	if failure != nil {
		return failed(failure)
	}
	how := r.metadata(c, g)
	s.prepare(c, q)
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	w := window{offset: r.params.number("sysparm_offset", 0), limit: r.params.number("sysparm_limit", 1000), count: true}
	rows, total := s.store.search(c, q, w)
	body := []byte(`{"result":[`)
	comma := false
	for _, row := range rows {
		if !s.attachmentVisible(r, g, row) {
			continue
		}
		if comma {
			body = append(body, ',')
		}
		comma = true
		body = r.appendMetadata(s.store, body, row, how)
	}
	a := &answer{status: http.StatusOK, header: http.Header{}, body: append(body, ']', '}')}
	a.header.Set("X-Total-Count", strconv.Itoa(total))
	if link := s.pagination(r, w, len(rows), total); link != "" {
		a.header.Set("Link", link)
	}
	return a
}

// attachmentVisible reports whether the caller may read an attachment: it must
// be readable itself, and so must the record that it belongs to.
func (s *Server) attachmentVisible(r *request, g guard, row *row) bool {
	if !s.allows(g, OpRead, row) {
		return false
	}
	owner, found := s.attachedTo(row)
	if !found {
		return true // its record is gone or was never there
	}
	og, open := s.guardOf(owner.class, r.caller)
	return open && s.allows(og, OpRead, owner)
}

func (s *Server) attachedTo(file *row) (*row, bool) {
	c := file.class
	owner := s.store.classes[file.get(c.column("table_name").at)]
	if owner == nil {
		return nil, false
	}
	found := s.store.find(owner, file.get(c.column("table_sys_id").at))
	return found, found != nil
}

// attachmentOf finds an attachment that the caller may read.
func (s *Server) attachmentOf(r *request, id string) (*row, guard, *apiError) {
	c, g, failure := s.open(r, "sys_attachment")
	if failure != nil {
		return nil, g, failure
	}
	found := s.store.find(c, id)
	if found == nil || !s.attachmentVisible(r, g, found) {
		return nil, g, errNoRecord
	}
	return found, g, nil
}

func (s *Server) oneAttachment(r *request, id string) *answer {
	values, failure := r.values()
	if failure != nil {
		return failed(failure)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	found, g, failure := s.attachmentOf(r, id)
	if failure != nil {
		return failed(failure)
	}
	c := found.class
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		body := r.appendMetadata(s.store, []byte(`{"result":`), found, r.metadata(c, g))
		return &answer{status: http.StatusOK, header: http.Header{}, body: append(body, '}')}
	case http.MethodPatch, http.MethodPut:
		if !s.allows(g, OpUpdate, found) {
			return failed(errACL("Update"))
		}
		settings, _ := g.writable(s.store, OpUpdate, found, c, s.written(r, c, values, false))
		if _, failure := s.store.update(found, c, settings, r.actor()); failure != nil {
			return failed(failure)
		}
		return &answer{status: http.StatusNoContent, header: http.Header{}}
	case http.MethodDelete:
		if !s.allows(g, OpDelete, found) {
			return failed(errACL("Delete"))
		}
		if failure := s.store.erase(found, r.actor()); failure != nil {
			return failed(failure)
		}
		return &answer{status: http.StatusNoContent, header: http.Header{}}
	}
	return failed(errMethod)
}

// downloadFile answers with the content; the metadata stand in a header too.
func (s *Server) downloadFile(r *request, id string) *answer {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return failed(errMethod)
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	found, g, failure := s.attachmentOf(r, id)
	if failure != nil {
		return failed(failure)
	}
	a := &answer{status: http.StatusOK, header: http.Header{}, body: s.store.files[found.key], raw: true}
	kind := found.get(found.class.column("content_type").at)
	if kind == "" {
		kind = "application/octet-stream"
	}
	a.header.Set("Content-Type", kind)
	a.header.Set("X-Attachment-Metadata", string(r.appendMetadata(s.store, nil, found, r.metadata(found.class, g))))
	return a
}

// metadata renders every column that may be read, as strings.
func (r *request) metadata(c *class, g guard) *rendering {
	return &rendering{base: r.tableBase(), caller: r.caller, guard: g, fields: r.server.fields(c, "")}
}

func (r *request) appendMetadata(s *store, b []byte, found *row, how *rendering) []byte {
	b = s.appendRecord(b, found, how)
	b = append(b[:len(b)-1], `,"download_link":`...)
	return append(appendString(b, r.attachmentBase()+found.get(colID)+"/file"), '}')
}

func (r *request) attachmentBase() string { return r.origin + "/api/now" + r.version + "/attachment/" }

// uploadFile takes a file as the body of the request.
func (s *Server) uploadFile(r *request) *answer {
	p := r.params
	return s.receiveFile(r, p.get("table_name"), p.get("table_sys_id"), p.get("file_name"), r.Header.Get("Content-Type"), r.body)
}

// uploadForm takes a multipart form. The part uploadFile must be the last
// (Attachment API documentation).
func (s *Server) uploadForm(r *request) *answer {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return failed(errFilePart)
	}
	form, failure := readForm(r.body, params["boundary"])
	if failure != nil {
		return failed(failure)
	}
	return s.receiveFile(r, form.values["table_name"], form.values["table_sys_id"], form.fileName, form.contentType, form.file)
}

func (s *Server) receiveFile(r *request, table, id, fileName, contentType string, data []byte) *answer {
	if table == "" || id == "" || fileName == "" {
		return failed(errFileParams)
	}
	owner, og, failure := s.open(r, table)
	if failure != nil {
		return failed(failure)
	}
	c, g, failure := s.open(r, "sys_attachment")
	if failure != nil {
		return failed(failure)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	found := s.readable(owner, og, id)
	if found == nil {
		return failed(errNoRecord)
	}
	if !s.allows(og, OpUpdate, found) || !s.allows(g, OpInsert, s.draft(c, nil)) {
		return failed(errACL("Insert"))
	}
	made, failure := s.attach(table, found.get(colID), fileName, contentType, data, r.actor())
	if failure != nil {
		return failed(failure)
	}
	body := r.appendMetadata(s.store, []byte(`{"result":`), made, r.metadata(c, g))
	a := r.quiet(&answer{status: http.StatusCreated, header: http.Header{}, body: append(body, '}')})
	a.header.Set("Location", r.attachmentBase()+made.get(colID)+"/file")
	return a
}
