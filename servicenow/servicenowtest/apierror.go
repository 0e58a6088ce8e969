package servicenowtest

import (
	"fmt"
	"net/http"
)

// apiError is an answer that is an error, with the platform's texts.
type apiError struct {
	status  int
	message string
	detail  string // null when empty
}

// Error implements error.
func (e *apiError) Error() string {
	if e.detail == "" {
		return "servicenowtest: " + e.message
	}
	return "servicenowtest: " + e.message + ": " + e.detail
}

// body returns the error in the shape that every API of the platform shares.
func (e *apiError) body() []byte {
	b := []byte(`{"error":{"message":`)
	b = appendString(b, e.message)
	b = append(b, `,"detail":`...)
	if e.detail == "" {
		b = append(b, "null"...)
	} else {
		b = appendString(b, e.detail)
	}
	return append(b, `},"status":"failure"}`...)
}

// Texts of the errors, from public clients' tests and the product
// documentation. The 405, 406, 413 and 415 texts are common knowledge.
var (
	errNoRecord = &apiError{http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval"}
	errNoAuth   = &apiError{http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information"}
	errDenied   = &apiError{http.StatusForbidden, "User Not Authorized", ""}
	errNoPath   = &apiError{http.StatusBadRequest, "Requested URI does not represent any resource", ""}
	errBody     = &apiError{http.StatusBadRequest, "Exception while reading request", "The payload is not valid JSON"}
	errMethod   = &apiError{http.StatusMethodNotAllowed, "Method not supported", ""}
	errAccept   = &apiError{http.StatusNotAcceptable, "Requested media type is not supported", "Accept application/json"}
	errType     = &apiError{http.StatusUnsupportedMediaType, "Unsupported media type", "Send Content-Type application/json"}
	errNoType   = &apiError{http.StatusBadRequest, "Exception while reading request", "Content-Type is required"}
	errTooLarge = &apiError{http.StatusBadRequest, "Exception while reading request", "The payload is larger than the maximum request size"}
)

// cancelled is what a transaction answers, or ends its answer with, when a
// quota rule stopped it.
const (
	cancelledMessage = "Transaction cancelled: maximum execution time exceeded"
	cancelledDetail  = cancelledMessage + " Check logs for error trace or enable glide.rest.debug property to verify REST request processing"
)

func errInvalidTable(name string) *apiError {
	return &apiError{http.StatusBadRequest, "Invalid table " + name, ""}
}

func errACL(operation string) *apiError {
	return &apiError{http.StatusForbidden, "Operation Failed", "ACL Exception " + operation + " Failed due to security constraints"}
}

// duplicateKey is the answer to a second record with the same key. The text
// that the platform uses for it is not documented; this one has the wording of
// its database errors.
func duplicateKey(table, key, value string) *apiError {
	return &apiError{http.StatusForbidden, "Operation Failed", fmt.Sprintf(
		"Unique Key violation detected by database (Duplicate entry '%s' for key '%s.%s')", value, table, key)}
}
