package servicenow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ImportSetService is the Import Set API: rows are put into a staging table, and
// the transform maps of the instance make records of them.
type ImportSetService struct{ client *Client }

// ImportStatus is what became of a row.
type ImportStatus string

// The statuses. ImportPending is that of a row that is not transformed yet.
const (
	ImportInserted ImportStatus = "inserted"
	ImportUpdated  ImportStatus = "updated"
	ImportIgnored  ImportStatus = "ignored" // nothing to change, or a script said so
	ImportSkipped  ImportStatus = "skipped"
	ImportFailed   ImportStatus = "error"
	ImportPending  ImportStatus = "pending"
)

// ImportResult is what became of one row.
type ImportResult struct {
	// ImportSet is the number of the import set, "ISET0010001".
	ImportSet string
	// StagingTable is where the row is.
	StagingTable string
	// Results has one entry for each transform map that ran.
	Results []ImportTransform
	// Hidden tells that the answer was 201 without a body: the row was taken,
	// but this user may not read the record that came of it.
	Hidden bool
}

// Err joins the errors that transform maps report; nil when there is none.
func (r ImportResult) Err() error {
	var errs []error
	for _, one := range r.Results {
		if err := one.Err(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// ImportTransform is what one transform map made of a row.
type ImportTransform struct {
	Map   string // the map's name
	Table string // the table that it writes
	// Status is what happened; texts come from the map's scripts.
	Status                      ImportStatus
	StatusMessage, ErrorMessage string
	// SysID is the record; empty when there is none. DisplayName is the column
	// that stands for it, DisplayValue its value, Link its Table API URL.
	SysID, DisplayName, DisplayValue, Link string
	// Custom are further members, which scripts may add.
	Custom map[string]Value
}

// Err is nil unless the status is error.
func (t ImportTransform) Err() error {
	if t.Status != ImportFailed {
		return nil
	}
	return &ImportError{Map: t.Map, Table: t.Table, Message: clip(t.ErrorMessage, longestText)}
}

// ImportError is a row that a transform map refused. It is an ErrInvalid.
type ImportError struct {
	Map, Table string
	Message    string // at most 1000 bytes
}

// Error names the map and its message.
func (e *ImportError) Error() string {
	text := e.Message
	if text == "" {
		text = "the transform map gives no reason"
	}
	if e.Map != "" {
		text = fmt.Sprintf("map %q: %s", e.Map, text)
	}
	return "servicenow: import: " + text
}

// Unwrap is ErrInvalid.
func (e *ImportError) Unwrap() error { return ErrInvalid }

// UnmarshalJSON reads the documented members and keeps the others.
func (t *ImportTransform) UnmarshalJSON(data []byte) error {
	var members map[string]Value
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	*t = ImportTransform{}
	for name, into := range map[string]*string{
		"transform_map": &t.Map, "table": &t.Table, "status": (*string)(&t.Status), "status_message": &t.StatusMessage,
		"error_message": &t.ErrorMessage, "sys_id": &t.SysID, "display_name": &t.DisplayName, "display_value": &t.DisplayValue, "record_link": &t.Link,
	} {
		*into = members[name].Value
		delete(members, name)
	}
	if len(members) > 0 {
		t.Custom = members
	}
	return nil
}

// Insert stages one row and answers with what the transform maps made of it at
// once. row is a map with string keys, a [Record] or a struct with json tags;
// its columns are those of the staging table, and every value is sent as a
// string, because the API makes a mess of anything else. A map that refuses the
// row is not an error of the call: see [ImportResult.Err]. The call is repeated
// only when provably not taken.
func (s *ImportSetService) Insert(ctx context.Context, staging string, row any, opts ...CallOption) (ImportResult, error) {
	const op = "ImportSets.Insert"
	values, err := importRow(row, true)
	if err != nil {
		return ImportResult{}, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	data, err := json.Marshal(values)
	if err != nil {
		return ImportResult{}, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	return s.one(ctx, op, http.MethodPost, data, opts, staging)
}

// Get reads what became of a staged row, by its sys_id in the staging table.
// Instances clean staging tables up: a row that is gone is ErrNotFound.
func (s *ImportSetService) Get(ctx context.Context, staging, sysID string, opts ...CallOption) (ImportResult, error) {
	return s.one(ctx, "ImportSets.Get", http.MethodGet, nil, opts, staging, sysID)
}

func (s *ImportSetService) one(ctx context.Context, op, method string, data []byte, opts []CallOption, path ...string) (ImportResult, error) {
	call, err := importCall(op, method, path...)
	if err != nil {
		return ImportResult{}, err
	}
	call.Body = data
	rest.Apply(call, opts...)
	var result ImportResult
	call.Decode = func(a *rest.Answer) (err error) {
		result, err = decodeImport(a)
		return err
	}
	if _, err := s.client.rest.Do(ctx, call); err != nil {
		return ImportResult{}, err
	}
	if result.Hidden {
		result.StagingTable = path[0]
	}
	return result, nil
}

// decodeImport reads an answer, which has no "result" around it, or nothing at
// all after a 201.
func decodeImport(a *rest.Answer) (ImportResult, error) {
	if a.Status == http.StatusCreated && len(bytes.TrimSpace(a.Body)) == 0 {
		return ImportResult{Hidden: true}, nil
	}
	var doc struct {
		Set     scalar            `json:"import_set"`
		Table   scalar            `json:"staging_table"`
		Results []ImportTransform `json:"result"`
		Error   *wireError        `json:"error"`
	}
	if err := json.Unmarshal(a.Body, &doc); err != nil {
		if w := trailingError(a.Body); w != nil {
			return ImportResult{}, w.cut()
		}
		if mistyped(err) {
			return ImportResult{}, typeError(err)
		}
		return ImportResult{}, err
	}
	switch {
	case doc.Error != nil:
		return ImportResult{}, doc.Error.cut()
	case doc.Set == "" && doc.Results == nil:
		return ImportResult{}, errors.New("the answer names no import set")
	}
	return ImportResult{ImportSet: string(doc.Set), StagingTable: string(doc.Table), Results: doc.Results}, nil
}

func importCall(op, method string, path ...string) (*rest.Call, error) {
	if err := checkTable(path[0]); err != nil {
		return nil, fmt.Errorf("servicenow: %s: staging table %q: %w", op, path[0], err)
	}
	escaped, err := rest.Path(append([]string{"api", "now", "import"}, path...)...)
	if err != nil {
		return nil, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	call := &rest.Call{Op: op, Method: method, Path: escaped}
	if method == http.MethodPost {
		call.Kind = rest.Append
	}
	return call, nil
}

// importRow encodes a row as the strings that staging tables take. With named,
// keys are columns, else labels.
func importRow(row any, named bool) (map[string]string, error) {
	v := reflect.ValueOf(row)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	var data []byte
	var err error
	switch {
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String && !v.IsNil():
		data, err = encodeMap(v)
	case v.Kind() == reflect.Struct:
		if err = checkTimes(v); err == nil {
			data, err = json.Marshal(row)
		}
	case v.Kind() == reflect.Invalid || v.Kind() == reflect.Map && v.IsNil():
		return nil, errNilRow
	default:
		return nil, fmt.Errorf("a %T is no row: pass a struct with json tags, a Record or a map with string keys", row)
	}
	if err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if json.Unmarshal(data, &raw) != nil {
		return nil, errors.New("the row does not encode to a JSON object")
	}
	if len(raw) == 0 {
		return nil, errors.New("the row holds no column: set at least one")
	}
	texts := make(map[string]string, len(raw))
	for name, data := range raw {
		if named {
			if err := checkColumn(name); err != nil {
				return nil, fmt.Errorf("column %q: %w", name, err)
			}
		} else if name == "" {
			return nil, errors.New("a column's label is empty")
		}
		var text scalar
		if err := json.Unmarshal(data, &text); err != nil {
			return nil, fmt.Errorf("column %q: %w: the API takes strings only", name, err)
		}
		texts[name] = string(text)
	}
	return texts, nil
}
