package netboxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// etag is the row's tag: last_updated in UTC.
func etag(r *row) string {
	return `W/"` + string(appendStamp(nil, r.updated, '+')) + `"`
}

// precondition compares If-Match with the row's tag, as text. Before 4.6 the
// header means nothing.
func (x *exchange) precondition(rows ...*row) *apiError {
	header := x.r.Header.Get("If-Match")
	if header == "" || x.s.schema.v < v46 || strings.TrimSpace(header) == "*" {
		return nil
	}
	var tags []string
	for t := range strings.SplitSeq(header, ",") {
		tags = append(tags, strings.TrimSpace(t))
	}
	for _, r := range rows {
		if !slices.Contains(tags, etag(r)) {
			err := detail(http.StatusPreconditionFailed, "Precondition failed.")
			if len(rows) == 1 {
				err.etag = etag(r)
			}
			return err
		}
	}
	return nil
}

func (x *exchange) by() actor {
	a := actor{request: x.request, token: x.token, user: "admin", method: x.r.Method, path: x.r.URL.Path, query: x.r.URL.RawQuery}
	if x.token != nil {
		a.user = x.token.User
	}
	return a
}

// write answers everything that is not a GET.
func (x *exchange) write(at place) (*answer, *apiError) {
	switch at.special {
	case "":
	case "provision":
		return x.provision()
	case "sync":
		return x.sync(at)
	default:
		return x.take(at)
	}
	if at.id != "" {
		return x.writeOne(at)
	}
	if x.broken != nil {
		return nil, x.broken
	}
	list, isList := x.body.([]any)
	if x.r.Method == http.MethodPost && !isList {
		return x.createOne(at.res)
	}
	if !isList {
		return nil, x.notAList()
	}
	if x.s.schema.v >= v47 && strings.EqualFold(x.r.URL.Query().Get("background"), "true") {
		return x.background(at)
	}
	return x.writeList(at, list)
}

// writeList writes a list of objects, all or none.
func (x *exchange) writeList(at place, list []any) (*answer, *apiError) {
	switch x.r.Method {
	case http.MethodPost:
		return x.bulkCreate(at.res, list)
	case http.MethodDelete:
		return x.bulkDelete(at.res, list)
	}
	return x.bulkUpdate(at.res, list)
}

func (x *exchange) notAList() *apiError {
	if x.s.schema.v >= v47 {
		if o, ok := x.body.(object); x.body == nil || ok && len(o) == 0 {
			return detail(http.StatusBadRequest, "Expected a list of objects, but no data was submitted.")
		}
		return detail(http.StatusBadRequest, "Expected a list of objects, but got "+pythonType(x.body)+".")
	}
	bad := &problems{}
	bad.add("non_field_errors", fmt.Sprintf(`Expected a list of items but got type "%s".`, pythonType(x.body)))
	return invalid(bad)
}

// input reads one object of the body.
func (x *exchange) input(res *resource, v any) (*input, *apiError) {
	body, ok := v.(object)
	if !ok {
		bad := &problems{}
		text := "Invalid data. Expected a dictionary, but got " + pythonType(v) + "."
		if v == nil {
			text = "No data provided"
		}
		bad.add(x.s.serializerKey(), text)
		return nil, invalid(bad)
	}
	if res.model == "ipam.service" && x.s.schema.v >= v47 {
		var err *apiError
		if body, err = legacyPorts(body); err != nil {
			return nil, err
		}
	}
	in := &input{body: body, put: x.r.Method == http.MethodPut, only: x.s.written(res, x.r.URL.Query())}
	var err *apiError
	in.message, err = x.s.message(body)
	return in, err
}

// message reads changelog_message, known from 4.4 on.
func (s *Server) message(body object) (string, *apiError) {
	m, _ := body.get("changelog_message")
	text, _ := m.(string)
	if s.schema.v < 404 {
		return "", nil
	}
	if utf8.RuneCountInString(text) > 200 {
		return "", s.crash("DataError", "value too long for type character varying(200)")
	}
	return text, nil
}

func (x *exchange) show(res *resource, r *row, status int) *answer {
	e := encoder{s: x.s, base: x.base, fresh: status == http.StatusCreated}
	e.object(r, x.s.shape(res, x.r.URL.Query()), false)
	return &answer{status: status, body: e.buf, etag: etag(r)}
}

func (x *exchange) createOne(res *resource) (*answer, *apiError) {
	in, err := x.input(res, x.body)
	if err != nil {
		return nil, err
	}
	var r *row
	if err := x.s.transact(func() (err *apiError) { r, err = x.s.create(res, in, x.by()); return err }); err != nil {
		return nil, err
	}
	a := x.show(res, r, http.StatusCreated)
	a.where = fmt.Sprintf("%s/api/%s/%d/", x.base, res.path, r.id)
	return a, nil
}

func (x *exchange) writeOne(at place) (*answer, *apiError) {
	action := "change"
	if x.r.Method == http.MethodDelete {
		action = "delete"
	}
	old, err := x.object(at, action)
	if err != nil {
		return nil, err
	}
	if err := x.precondition(old); err != nil {
		return nil, err
	}
	if x.broken != nil {
		return nil, x.broken
	}
	if action == "delete" {
		message := ""
		if body, ok := x.body.(object); ok {
			if message, err = x.s.message(body); err != nil {
				return nil, err
			}
		}
		err := x.s.transact(func() *apiError { return x.s.delete(old, message, x.by()) })
		return &answer{status: http.StatusNoContent}, err
	}
	in, err := x.input(at.res, x.body)
	if err != nil {
		return nil, err
	}
	var r *row
	if err := x.s.transact(func() (err *apiError) { r, err = x.s.update(old, in, x.by()); return err }); err != nil {
		return nil, err
	}
	return x.show(at.res, r, http.StatusOK), nil
}
