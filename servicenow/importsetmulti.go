package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ImportOptions are how many rows are imported.
type ImportOptions struct {
	// ByName says that the keys of rows are column names. By default they are
	// labels, which is what a staging table takes unless a record of
	// sys_rest_insert_multiple sets its column mapping to "Column name". Keys of
	// the wrong kind are dropped by the instance without a word, which then
	// imports empty rows; nothing tells the client which kind is right.
	ByName bool
	// MultiImportSet adds the import set to this one, by sys_id; empty makes a
	// new one.
	MultiImportSet string
	// RunAfter has the transformation wait for this import set, by sys_id; it
	// holds for asynchronous ones only.
	RunAfter string
	// ChunkSize is the most rows that Import sends in one request; 0 means
	// 1000. A request is also kept below 8 MB.
	ChunkSize int
	// Poll is how Import waits.
	Poll Poll
}

// ImportRun is an import set that was made of many rows.
type ImportRun struct {
	// ImportSet and MultiImportSet are sys_ids in sys_import_set and
	// sys_multi_import_set.
	ImportSet      string `json:"import_set_id"`
	MultiImportSet string `json:"multi_import_set_id"`
}

// ImportedRow is a row of a staging table after its transformation, and what
// the last transform map made of it.
type ImportedRow struct {
	// SysID is the row in the staging table; Row its number in the import set.
	SysID string
	Row   int
	// Status is pending when no transform map ran.
	Status  ImportStatus
	Comment string // the platform's or a script's text
	// Table and Target are the record that came of it.
	Table, Target string
}

// Err is nil unless the status is error or pending.
func (r ImportedRow) Err() error {
	switch r.Status {
	case ImportFailed:
		return &ImportError{Table: r.Table, Message: clip(r.Comment, longestText)}
	case ImportPending:
		return &ImportError{Message: "no transform map ran for the row"}
	}
	return nil
}

// ErrImportEnded is the kind of an import set that ended without being
// processed, because somebody cancelled it or it failed as a whole.
var ErrImportEnded = errors.New("the import set ended without being processed")

// InsertMultiple stages many rows in one request. Their transformation follows,
// asynchronously unless a record of sys_rest_insert_multiple says otherwise; see
// Wait and Rows. Rows are as in Insert, with labels or names as keys. The call
// is repeated only when provably not taken.
func (s *ImportSetService) InsertMultiple(ctx context.Context, staging string, rows []any, o ImportOptions, opts ...CallOption) (ImportRun, error) {
	const op = "ImportSets.InsertMultiple"
	texts, err := importRows(rows, o)
	if err != nil {
		return ImportRun{}, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	return s.insert(ctx, op, staging, texts, o, opts)
}

func importRows(rows []any, o ImportOptions) ([]json.RawMessage, error) {
	if len(rows) == 0 {
		return nil, errors.New("there are no rows")
	}
	texts := make([]json.RawMessage, len(rows))
	for i, row := range rows {
		values, err := importRow(row, o.ByName)
		if err == nil {
			texts[i], err = json.Marshal(values)
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return texts, nil
}

func (s *ImportSetService) insert(ctx context.Context, op, staging string, rows []json.RawMessage, o ImportOptions, opts []CallOption) (ImportRun, error) {
	call, err := importCall(op, http.MethodPost, staging, "insertMultiple")
	if err != nil {
		return ImportRun{}, err
	}
	call.Query = url.Values{}
	if o.MultiImportSet != "" {
		call.Query.Set("multi_import_set_id", o.MultiImportSet)
	}
	if o.RunAfter != "" {
		call.Query.Set("run_after", o.RunAfter)
	}
	if call.Body, err = json.Marshal(map[string]any{"records": rows}); err != nil {
		return ImportRun{}, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	rest.Apply(call, opts...)
	var run ImportRun
	call.Decode = func(a *rest.Answer) error {
		run = ImportRun{}
		var doc struct {
			ImportRun
			Result ImportRun `json:"result"` // in case the platform wraps it after all
		}
		if err := json.Unmarshal(a.Body, &doc); err != nil {
			return err
		}
		if run = doc.ImportRun; run.ImportSet == "" {
			run = doc.Result
		}
		if run.ImportSet == "" {
			return errors.New("the answer names no import set")
		}
		return nil
	}
	if _, err := s.client.rest.Do(ctx, call); err != nil {
		return ImportRun{}, err
	}
	return run, nil
}

// Wait asks until the import set is processed. One that was cancelled or failed
// is ErrImportEnded; one that takes longer than the Poll allows ErrStillWaiting.
// It reads sys_import_set, for which the user needs the role
// import_set_loader or import_transformer; without it, ErrNotFound comes.
func (s *ImportSetService) Wait(ctx context.Context, run ImportRun, p Poll, opts ...CallOption) error {
	const op = "ImportSets.Wait"
	p, err := p.resolve()
	if err == nil && run.ImportSet == "" {
		err = errors.New("the ImportRun has no ImportSet")
	}
	if err != nil {
		return fmt.Errorf("servicenow: %s: %w", op, err)
	}
	sets := TableOf[struct {
		State String `json:"state"`
	}](s.client, "sys_import_set")
	var state String
	err = p.run(ctx, func(ctx context.Context) (bool, error) {
		set, err := sets.Get(ctx, run.ImportSet, opts...)
		if err != nil {
			return false, err
		}
		switch state = set.State; state {
		case "processed":
			return true, nil
		case "cancelled", "canceled", "error":
			return false, fmt.Errorf("servicenow: %s: import set %s is %s: %w", op, run.ImportSet, state, ErrImportEnded)
		}
		return false, nil
	})
	if errors.Is(err, ErrStillWaiting) {
		return fmt.Errorf("servicenow: %s: import set %s is %s: %w", op, run.ImportSet, state, err)
	}
	return err
}

// Rows reads what became of the rows of an import set, in their order.
func (s *ImportSetService) Rows(ctx context.Context, staging string, run ImportRun, opts ...CallOption) ([]ImportedRow, error) {
	const op = "ImportSets.Rows"
	if run.ImportSet == "" {
		return nil, errors.New("servicenow: " + op + ": the ImportRun has no ImportSet")
	}
	type row struct {
		SysID   string `json:"sys_id"`
		Row     Int    `json:"sys_import_row"`
		State   String `json:"sys_import_state"`
		Comment String `json:"sys_import_state_comment"`
		Table   String `json:"sys_target_table"`
		Target  Value  `json:"sys_target_sys_id"`
	}
	var rows []ImportedRow
	query := Query{Where: Eq("sys_import_set", run.ImportSet), OrderBy: []Order{Asc("sys_import_row"), Asc(sysID)}}
	for r, err := range TableOf[row](s.client, staging).All(ctx, query, opts...) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, ImportedRow{SysID: r.SysID, Row: int(r.Row), Status: ImportStatus(r.State), Comment: string(r.Comment), Table: string(r.Table), Target: r.Target.Value})
	}
	return rows, nil
}

// Import stages rows in as few requests as their number and size allow, waits
// until they are transformed, and tells what became of each: result i belongs to
// row i. Each import set waits for the one before it, so that rows are
// transformed in their order. When it fails, the results so far are returned:
// rows without one have an empty Status. Rows that this user may not read are an
// error, because nothing tells then which result belongs to which row.
func (s *ImportSetService) Import(ctx context.Context, staging string, rows []any, o ImportOptions, opts ...CallOption) ([]ImportedRow, error) {
	const op = "ImportSets.Import"
	texts, err := importRows(rows, o)
	if err == nil {
		_, err = o.Poll.resolve()
	}
	if err == nil && o.ChunkSize < 0 {
		err = fmt.Errorf("field ChunkSize of ImportOptions is %d: use 0 for 1000", o.ChunkSize)
	}
	if err != nil {
		return nil, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	results := make([]ImportedRow, len(rows))
	type part struct {
		run      ImportRun
		from, to int
	}
	var parts []part
	var failure error
	for from := 0; from < len(texts) && failure == nil; {
		to := importChunk(texts, from, o.ChunkSize)
		var run ImportRun
		if run, failure = s.insert(ctx, op, staging, texts[from:to], o, opts); failure == nil {
			o.RunAfter, o.MultiImportSet = run.ImportSet, run.MultiImportSet
			parts = append(parts, part{run, from, to})
			from = to
		}
	}
	for _, p := range parts {
		if err := s.Wait(ctx, p.run, o.Poll, opts...); err != nil {
			return results, errors.Join(failure, err)
		}
		done, err := s.Rows(ctx, staging, p.run, opts...)
		if err == nil && len(done) != p.to-p.from {
			err = fmt.Errorf("servicenow: %s: import set %s shows %d rows of %d: give this user the right to read %s", op, p.run.ImportSet, len(done), p.to-p.from, staging)
		}
		if err != nil {
			return results, errors.Join(failure, err)
		}
		copy(results[p.from:p.to], done)
	}
	return results, failure
}

// importChunk is where the request that begins with a row ends.
func importChunk(rows []json.RawMessage, from, size int) int {
	if size == 0 {
		size = 1000
	}
	bytes := 0
	for to := from; to < len(rows); to++ {
		if bytes += len(rows[to]) + 1; to > from && (to-from >= size || bytes > ireBytes) {
			return to
		}
	}
	return len(rows)
}
