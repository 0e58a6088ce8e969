package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// lost lists the errors of a connection that broke or went silent: the request
// may or may not have been acted on, and the next one may well get through.
// What is not listed (certificates, bad URLs, a test's missing responder) would
// only fail again.
var lost = []error{
	io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
}

// lostTexts are those that net/http keeps to itself.
var lostTexts = []string{
	"http: server closed idle connection",
	"malformed MIME header", // a connection that ended amid the headers
	"http2: server sent GOAWAY",
	"http2: client connection lost",
	"http2: client connection force closed",
	"http2: Transport: cannot retry err",
	"stream error: ",
}

// connectionFailure judges an error that came instead of an answer, and whether
// it proves that the request never left. Only errors while dialling may be
// repeated on that proof.
func connectionFailure(err error) (f *Failure, unsent bool) {
	f = &Failure{Kind: ErrUnavailable, Err: bare(err)}
	if dialled, temporary := dialError(err); dialled {
		f.NotTaken, f.Transient = true, temporary
		return f, true
	}
	if f.Message = handshakeAdvice(err); f.Message != "" {
		return f, true
	}
	f.Transient = isLost(err)
	return f, false
}

// handshakeAdvice says what to do about a TLS handshake that can never succeed;
// "" for every other error.
func handshakeAdvice(err error) string {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &cert):
		return "the server's certificate is not trusted; check BaseURL, or give an HTTPClient that trusts it"
	case errors.As(err, &record):
		return `the server does not speak TLS there; check BaseURL, perhaps it starts with "http://"`
	}
	return ""
}

// dialError reports whether err arose before there was a connection, and if so
// whether dialling again may help: not when the name does not exist, nor when
// the address makes no sense.
func dialError(err error) (dialled, temporary bool) {
	var dns *net.DNSError
	isDNS := errors.As(err, &dns)
	var op *net.OpError
	if !isDNS && !(errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")) {
		return false, false
	}
	var address *net.AddrError
	var network net.UnknownNetworkError
	permanent := isDNS && dns.IsNotFound || errors.As(err, &address) || errors.As(err, &network)
	return true, !permanent
}

func isLost(err error) bool {
	for _, known := range lost {
		if errors.Is(err, known) {
			return true
		}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return true
	}
	text := err.Error()
	for _, known := range lostTexts {
		if strings.Contains(text, known) {
			return true
		}
	}
	return false
}

// bare takes off the wrapping that quotes the URL, and with it the query.
func bare(err error) error {
	for {
		quoted, ok := err.(*url.Error) //nolint:errorlint // only the outermost layers are taken off
		if !ok {
			return err
		}
		err = quoted.Err
	}
}

// contextError is why a context ended: its error, and its cause where the caller
// gave one.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(cause, err) {
		return cause
	}
	if errors.Is(err, cause) {
		return err
	}
	return errors.Join(err, cause)
}
