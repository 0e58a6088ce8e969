package rest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// smallestRead is the first buffer for a body of unknown length, in bytes.
const smallestRead = 2 << 10

// bodies reads answers to their end. It keeps decompressors for reuse.
type bodies struct{ gunzippers sync.Pool }

// read returns at most limit bytes, decompressed; more is ErrTooLarge. What was
// read before an error is returned with it.
func (b *bodies) read(resp *http.Response, limit int64) ([]byte, error) {
	raw, err := readAll(resp.Body, resp.ContentLength, limit)
	if err != nil || !isGzip(resp.Header, raw) {
		return raw, err
	}
	z, _ := b.gunzippers.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	defer b.gunzippers.Put(z)
	if err := z.Reset(bytes.NewReader(raw)); err != nil {
		return nil, err
	}
	return readAll(z, 4*int64(len(raw)), limit)
}

// isGzip trusts the header only where the bytes agree: a proxy or a test double
// may have decompressed the body and left the header.
func isGzip(h http.Header, body []byte) bool {
	return bytes.HasPrefix(body, []byte{0x1f, 0x8b}) &&
		strings.Contains(strings.ToLower(h.Get("Content-Encoding")), "gzip")
}

// readAll reads to the end; size is a guess, or less than zero.
func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	if size < 0 {
		size = smallestRead
	}
	buf := make([]byte, 0, min(size, limit)+1)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > limit:
			return buf[:limit], fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
		case err == io.EOF: // itself: a wrapped io.EOF is no end
			return buf, nil
		case err != nil:
			return buf, err
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

// bodyFailure judges an error while an answer was read.
func bodyFailure(err error) *Failure {
	if errors.Is(err, ErrTooLarge) {
		return &Failure{Kind: ErrTooLarge, Err: err, Final: true}
	}
	return &Failure{Kind: ErrTruncated, Err: err, Transient: true}
}

// decodeFailure judges what a call's Decode reports about a complete answer: one
// that is no JSON was most likely cut, one of another shape will stay so.
func decodeFailure(err error) *Failure {
	if own, ok := errors.AsType[*Failure](err); ok {
		copied := *own
		return &copied
	}
	var syntax *json.SyntaxError
	cut := errors.Is(err, ErrTruncated) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) || errors.As(err, &syntax)
	if cut {
		return &Failure{Kind: ErrTruncated, Err: err, Transient: true}
	}
	return &Failure{Message: "the answer has another shape than expected", Err: err, Final: true}
}
