package azdevopstest

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

func attachmentRoutes() []route {
	return []route{
		{"POST", "wit attachments", false, true, (*Server).upload},
		{"PUT", "wit attachments *", false, true, (*Server).uploadChunk},
		{"GET", "wit attachments *", false, false, (*Server).download},
	}
}

// maxAttachment is the most bytes of a file (documentation, "Work tracking,
// process, and project limits").
const maxAttachment = 60 << 20

// attachment is a file. It belongs to a work item once a relation leads to it.
type attachment struct {
	name    string
	content []byte
	missing int // bytes of a file that comes in chunks
}

func (s *Server) upload(q *request) answer {
	name := q.query.Get("fileName")
	if name == "" {
		name = "attachment"
	}
	if len(q.body) > maxAttachment {
		return refuse(http.StatusBadRequest, "AttachmentTooLargeException", "VS403371: The attachment is larger than the limit.")
	}
	id := s.newGUID()
	file := &attachment{name: name, content: q.body}
	if strings.EqualFold(q.query.Get("uploadType"), "chunked") {
		file.missing = -1 // told by the first chunk
	}
	s.work.files[id] = file
	a := ok(map[string]any{"id": id, "url": q.base + "/_apis/wit/attachments/" + id + "?fileName=" + url.QueryEscape(name)})
	a.status = http.StatusCreated
	if file.missing != 0 {
		a.status = http.StatusAccepted
	}
	return a
}

// uploadChunk takes the next part of a file that was begun with uploadType
// chunked.
func (s *Server) uploadChunk(q *request) answer {
	file := s.work.files[strings.ToLower(q.args[0])]
	if file == nil || file.missing == 0 {
		return notFound("The attachment " + q.args[0])
	}
	var first, last, total int
	if _, err := fmt.Sscanf(q.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil ||
		first != len(file.content) || last-first+1 != len(q.body) || last >= total || total > maxAttachment {
		return refuse(http.StatusBadRequest, "InvalidContentRangeException", "VS403372: The Content-Range does not fit the chunks so far.")
	}
	file.content = append(file.content, q.body...)
	file.missing = total - len(file.content)
	return ok(map[string]any{"id": q.args[0], "url": q.base + "/_apis/wit/attachments/" + q.args[0]})
}

func (s *Server) download(q *request) answer {
	file := s.work.files[strings.ToLower(q.args[0])]
	if file == nil || file.missing != 0 {
		return notFound("The attachment " + q.args[0])
	}
	header := http.Header{"Content-Type": {"application/octet-stream"}}
	if strings.EqualFold(q.query.Get("download"), "true") {
		header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.name}))
	}
	return answer{status: http.StatusOK, raw: file.content, header: header}
}
