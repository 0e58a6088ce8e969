package reconcile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

type planJSON struct {
	Format     string          `json:"format"`
	Source     string          `json:"source"`
	Target     string          `json:"target"`
	Digest     string          `json:"digest"`
	Unchanged  []Tally         `json:"unchanged,omitempty"`
	Records    []Tally         `json:"records,omitempty"`
	Operations []operationJSON `json:"operations"`
}

type operationJSON struct {
	ID      string       `json:"id"`
	Kind    Kind         `json:"kind"`
	Wanted  Kind         `json:"wanted,omitempty"`
	Type    string       `json:"type"`
	Class   string       `json:"class,omitempty"`
	Key     string       `json:"key,omitempty"`
	Target  string       `json:"target,omitempty"`
	Name    string       `json:"name,omitempty"`
	Code    string       `json:"code,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Needs   []string     `json:"needs,omitempty"`
	Changes []changeJSON `json:"changes,omitempty"`
}

type changeJSON struct {
	Field  string `json:"field"`
	From   Value  `json:"from,omitzero"`
	To     Value  `json:"to,omitzero"`
	Base   Value  `json:"base,omitzero"`
	Ref    string `json:"ref,omitempty"`
	Masked bool   `json:"masked,omitempty"`
	Reason string `json:"reason,omitempty"`
}

func operationOut(op *Operation) operationJSON {
	out := operationJSON{
		ID: op.ID, Kind: op.Kind, Wanted: op.Wanted, Type: op.Type, Class: op.Class, Key: op.Key,
		Target: op.Target, Name: op.Name, Code: op.Code, Reason: op.Reason, Needs: op.Needs,
	}
	if len(op.Changes) > 0 {
		out.Changes = make([]changeJSON, len(op.Changes))
	}
	for i, c := range op.Changes {
		out.Changes[i] = changeJSON(c.shown(op.ID))
	}
	return out
}

func (o *operationJSON) operation() Operation {
	op := Operation{
		ID: o.ID, Kind: o.Kind, Wanted: o.Wanted, Type: o.Type, Class: o.Class, Key: o.Key,
		Target: o.Target, Name: o.Name, Code: o.Code, Reason: o.Reason, Needs: o.Needs,
	}
	if len(o.Changes) > 0 {
		op.Changes = make([]Change, len(o.Changes))
	}
	for i, c := range o.Changes {
		op.Changes[i] = Change(c)
	}
	return op
}

// MarshalJSON writes the operation as it stands in a plan file, masked values by
// their digests.
func (o Operation) MarshalJSON() ([]byte, error) { return json.Marshal(operationOut(&o)) }

// MarshalJSON writes the change without its values when it is masked. It stands in a
// plan file with digests instead, which only its operation can make.
func (c Change) MarshalJSON() ([]byte, error) {
	out := changeJSON(c)
	if c.Masked {
		out.From, out.To, out.Base = Value{}, Value{}, Value{}
	}
	return json.Marshal(out)
}

// WriteJSON writes the plan as JSON, one operation a line, so that two plans can be
// compared line by line. An absent value is left out, null is null, masked values are
// replaced by their digests (see [Change]). [ReadPlan] reads it.
func (p *Plan) WriteJSON(w io.Writer) error {
	buffered := bufio.NewWriter(w)
	out := &lines{w: buffered}
	out.text(`{"format":`).value(p.Format)
	out.text(",\n\"source\":").value(p.Source)
	out.text(",\n\"target\":").value(p.Target)
	out.text(",\n\"digest\":").value(p.Digest)
	if len(p.Unchanged) > 0 {
		out.text(",\n\"unchanged\":").value(p.Unchanged)
	}
	if len(p.Records) > 0 {
		out.text(",\n\"records\":").value(p.Records)
	}
	out.text(",\n\"operations\":[")
	for i := range p.Operations {
		if i > 0 {
			out.text(",")
		}
		out.text("\n").value(operationOut(&p.Operations[i]))
	}
	out.text("\n]}\n")
	if out.err == nil {
		out.err = buffered.Flush()
	}
	if out.err != nil {
		return fmt.Errorf("reconcile: write plan: %w", out.err)
	}
	return nil
}

// lines writes JSON pieces until the first error.
type lines struct {
	w   *bufio.Writer
	buf bytes.Buffer
	err error
}

func (l *lines) text(s string) *lines {
	if l.err == nil {
		_, l.err = l.w.WriteString(s)
	}
	return l
}

func (l *lines) value(v any) {
	if l.err != nil {
		return
	}
	l.buf.Reset()
	enc := json.NewEncoder(&l.buf)
	enc.SetEscapeHTML(false)
	if l.err = enc.Encode(v); l.err == nil {
		_, l.err = l.w.Write(bytes.TrimSuffix(l.buf.Bytes(), []byte("\n")))
	}
}

// MarshalJSON returns what WriteJSON writes.
func (p *Plan) MarshalJSON() ([]byte, error) {
	var buf bytes.Buffer
	if err := p.WriteJSON(&buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// UnmarshalJSON reads a plan as [ReadPlan] does, with all its checks.
func (p *Plan) UnmarshalJSON(data []byte) error {
	read, err := ReadPlan(bytes.NewReader(data))
	if err != nil {
		return err
	}
	*p = *read
	return nil
}

// The errors of ReadPlan and Apply, for errors.Is.
var (
	// ErrFormat: the plan has a form that this package does not know.
	ErrFormat = errors.New("reconcile: unknown plan format")
	// ErrTampered: the plan's content does not match its digest.
	ErrTampered = errors.New("reconcile: plan was changed")
)

// ReadPlan reads a plan that WriteJSON or MarshalJSON wrote. It refuses another major
// format (ErrFormat), a digest that does not match (ErrTampered), and fields that it
// does not know, since no digest could vouch for them. The digest tells a damaged or
// edited plan; it is no signature: where somebody else can write the file, compare
// Plan.Digest with the one that was approved ([Options].Digest).
func ReadPlan(r io.Reader) (*Plan, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reconcile: read plan: %w", err)
	}
	var head struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("reconcile: read plan: %w", err)
	}
	if err := checkFormat(head.Format); err != nil {
		return nil, err
	}
	var in planJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, fmt.Errorf("reconcile: read plan of format %s: %w", head.Format, err)
	}
	p := &Plan{
		Format: in.Format, Source: in.Source, Target: in.Target, Digest: in.Digest,
		Unchanged: in.Unchanged, Records: in.Records,
	}
	if len(in.Operations) > 0 {
		p.Operations = make([]Operation, len(in.Operations))
	}
	for i := range in.Operations {
		p.Operations[i] = in.Operations[i].operation()
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p, nil
}

func checkFormat(format string) error {
	known, _, _ := strings.Cut(Format, ".")
	if major, _, _ := strings.Cut(format, "."); major != known {
		return fmt.Errorf("%w %q: this version reads %s.x; make the plan again", ErrFormat, format, known)
	}
	return nil
}
