package servicenowtest

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
)

// fileForm is a multipart form with one file.
type fileForm struct {
	values                map[string]string
	fileName, contentType string
	file                  []byte
}

// readForm reads a form whose last part is the file. What comes after the file
// is not looked at, so that parameters there count as missing.
func readForm(body []byte, boundary string) (*fileForm, *apiError) {
	form := &fileForm{values: map[string]string{}}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) || err != nil {
			return nil, errFilePart
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, errFilePart
		}
		if part.FormName() != "uploadFile" {
			form.values[part.FormName()] = string(data)
			continue
		}
		form.fileName, form.contentType, form.file = part.FileName(), part.Header.Get("Content-Type"), data
		return form, nil
	}
}
