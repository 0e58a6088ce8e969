package azdevops

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Callback is a pipeline task or check that waits for a decision ("Invoke REST
// API" with completion event Callback). It is told in the headers of the request
// that the task sends; there is no address to answer to, it is made of them. It
// never prints its token.
type Callback struct {
	PlanURL      string // address of the organization; check it before a token goes there
	Project      string // GUID
	Hub          string // "Build", "Release", "Gates", "Checks"
	Plan         string // GUID
	Job          string // GUID
	Timeline     string // GUID
	TaskInstance string // GUID
	// Token is the pipeline's own token, which may decide. The service takes it
	// for 48 hours.
	Token string
	// Build is the id of the build, where the task was told to send it.
	Build string
	// OldGate is for gates of classic releases whose plan has version 12 or less,
	// which their receiver has to know: there the job is named by the task, and the
	// task by zeros (Microsoft's own receiver).
	OldGate bool
}

// TokenLife is how long the service takes a callback's token (documentation of
// checks), counted from when the task began, shortly before its request came. A
// decision that comes later needs credentials of another kind; see
// [Callback.Client].
const TokenLife = 48 * time.Hour

// The failures of callbacks beside those of every call.
var (
	// ErrHost means that a callback names an address that is not allowed: whoever
	// sends such a request wants a token, or wants this program to call something.
	ErrHost = errors.New("the callback's PlanUrl is not on the list")
	// ErrTokenLife means that the service does not take the callback's token: its
	// 48 hours are over, or the pipeline has ended. Decide with a token of another
	// kind, or let the task time out.
	ErrTokenLife = errors.New("the callback's token is not taken, or not any more")
)

// Format prints no token, whatever the verb.
func (c Callback) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "azdevops.Callback("+c.Hub+" plan "+c.Plan+", task "+c.TaskInstance+")")
}

// LogValue tells slog as little.
func (c Callback) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// ParseCallback reads a callback from the headers of a task's request. Missing
// and malformed ones are named, all at once; no error quotes a value. Nothing
// proves who sent them: authenticate the request before, and check the address
// by [Callback.Client].
func ParseCallback(header http.Header) (Callback, error) {
	c := Callback{
		PlanURL: header.Get("PlanUrl"), Project: header.Get("ProjectId"), Hub: header.Get("HubName"), Plan: header.Get("PlanId"),
		Job: header.Get("JobId"), Timeline: header.Get("TimelineId"), TaskInstance: header.Get("TaskInstanceId"),
		Token: header.Get("AuthToken"), Build: header.Get("BuildId"),
	}
	if c.Hub == "" {
		c.Hub = "Release" // as Microsoft's own receiver reads it
	}
	return c, c.check()
}

func (c Callback) check() error {
	var problems []error
	for _, f := range []struct{ name, value string }{
		{"ProjectId", c.Project}, {"PlanId", c.Plan}, {"JobId", c.Job}, {"TimelineId", c.Timeline}, {"TaskInstanceId", c.TaskInstance},
	} {
		switch {
		case f.value == "":
			problems = append(problems, fmt.Errorf("azdevops: callback: the header %s is missing", f.name))
		case !isGUID(f.value):
			problems = append(problems, fmt.Errorf("azdevops: callback: the header %s is no GUID", f.name))
		}
	}
	if u, err := url.Parse(c.PlanURL); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		problems = append(problems, errors.New("azdevops: callback: the header PlanUrl is missing or no address"))
	}
	if strings.ContainsFunc(c.Hub, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		problems = append(problems, errors.New("azdevops: callback: the header HubName holds more than letters"))
	}
	if checkToken(c.Token) != nil {
		problems = append(problems, errors.New("azdevops: callback: the header AuthToken is missing or no token"))
	}
	if len(problems) > 0 {
		return errors.Join(append(problems, ErrInvalid)...)
	}
	return nil
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		switch i {
		case 8, 13, 18, 23:
			if r != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
				return false
			}
		}
	}
	return true
}

// Client makes a client for the callback's plan, with the callback's own token,
// when its address is the base URL of one of the allowed organizations
// ("https://dev.azure.com/acme"), or below it. Anything else is ErrHost, and
// nothing is sent. Scheme, host and port have to be the same, letter case aside;
// of the path whole elements. cfg gives the HTTPClient and everything else but
// the address; its Auth, when set, is used in place of the callback's token.
func (c Callback) Client(cfg Config, allowed ...string) (*Client, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	base, good := splitAddress(c.PlanURL)
	found := false
	for _, text := range allowed {
		want, ok := splitAddress(text)
		if !ok {
			return nil, fmt.Errorf("azdevops: callback: the allowed address of host %s is no base URL of an organization", hostOf(text))
		}
		found = found || good && base.within(want)
	}
	if !found {
		return nil, fmt.Errorf("azdevops: callback: host %s: %w", hostOf(c.PlanURL), ErrHost)
	}
	if cfg.Auth.value == nil && cfg.Auth.err == nil {
		cfg.Auth = JobToken(c.Token)
	}
	cfg.BaseURL, cfg.ReleaseURL, cfg.Project = base.text, base.text, c.Project
	return New(cfg)
}

// planAddress is an address taken apart for comparison.
type planAddress struct {
	text           string
	scheme, host   string
	port           string
	pathInElements []string
}

// splitAddress refuses everything by which an address could mean another place
// than it seems to: escapes, dots, credentials, letters outside of ASCII.
func splitAddress(text string) (planAddress, bool) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`%\?#@`, r) }) {
		return planAddress{}, false
	}
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Hostname() == "" {
		return planAddress{}, false
	}
	a := planAddress{text: u.String(), scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	switch a.scheme {
	case "https":
		a.port = cmp.Or(a.port, "443")
	case "http":
		a.port = cmp.Or(a.port, "80")
	default:
		return planAddress{}, false
	}
	for element := range strings.SplitSeq(strings.TrimPrefix(u.Path, "/"), "/") {
		if element == "." || element == ".." || element == "" && u.Path != "" {
			return planAddress{}, false
		}
		a.pathInElements = append(a.pathInElements, strings.ToLower(element))
	}
	return a, true
}

// within reports whether an address is another one or below it.
func (a planAddress) within(other planAddress) bool {
	root := other.pathInElements
	if len(root) == 1 && root[0] == "" {
		root = nil
	}
	return a.scheme == other.scheme && a.host == other.host && a.port == other.port &&
		len(a.pathInElements) >= len(root) && slices.Equal(a.pathInElements[:len(root)], root)
}

// TaskResult is the decision about a task.
type TaskResult string

// The decisions.
const (
	TaskSucceeded TaskResult = "succeeded"
	TaskFailed    TaskResult = "failed"
)

// zeroGUID stands for no task in gates of old releases.
const zeroGUID = "00000000-0000-0000-0000-000000000000"

// planPath is where a plan is.
func (c Callback) planPath(more ...string) []string {
	return append([]string{"_apis", "distributedtask", "hubs", c.Hub, "plans", c.Plan}, more...)
}

// Complete decides the task: the pipeline goes on or fails. The plan's timeline
// is read first, and a task that is complete already with the same result is a
// success without a write; with the other result it is ErrConflict. After a
// refusal and after a lost answer the timeline is read again, so that a decision
// is told once. A plan that the service does not know is ErrNotFound, a token
// that it does not take ErrTokenLife.
//
// client is made by [Callback.Client].
func (c Callback) Complete(ctx context.Context, client *Client, result TaskResult, opts ...CallOption) error {
	const op = "Callback.Complete"
	if result != TaskSucceeded && result != TaskFailed {
		return fmt.Errorf("azdevops: %s: the result is %q; use TaskSucceeded or TaskFailed", op, string(result))
	}
	if err := c.check(); err != nil {
		return err
	}
	done, err := c.completed(ctx, client, result, opts)
	if errors.Is(err, ErrForbidden) {
		// A token that may not look may still decide: then without looking.
		done, err = false, nil
	}
	if done || err != nil {
		return tokenLife(err)
	}
	event := map[string]string{"name": "TaskCompleted", "taskId": c.TaskInstance, "jobId": c.Job, "result": string(result)}
	if c.OldGate {
		event["jobId"], event["taskId"] = c.TaskInstance, zeroGUID
	}
	err = client.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Append, project: true, path: c.planPath("events"), body: event,
	}, opts)
	var failed *Error
	if err == nil || !errors.As(err, &failed) {
		return err
	}
	// Taken, although the answer says otherwise or was lost?
	if done, again := c.completed(ctx, client, result, opts); done {
		return again
	}
	return tokenLife(err)
}

// tokenLife says what a refused token means here.
func tokenLife(err error) error {
	if errors.Is(err, ErrSignIn) || errors.Is(err, ErrUnauthorized) {
		return errors.Join(err, ErrTokenLife)
	}
	return err
}

// completed reads the timeline: whether the task is complete, and an error when
// it is with another result.
func (c Callback) completed(ctx context.Context, client *Client, result TaskResult, opts []CallOption) (bool, error) {
	record, found, err := c.record(ctx, client, opts)
	switch {
	case err != nil:
		return false, err
	case !found || record.State != RecordCompleted:
		return false, nil
	case strings.EqualFold(string(record.Result), string(result)):
		return true, nil
	}
	return true, fmt.Errorf("azdevops: Callback.Complete: the task is complete as %q: %w", string(record.Result), ErrConflict)
}

// RecordState is how far a part of a run is.
type RecordState string

// The states of parts of a run.
const (
	RecordPending    RecordState = "pending"
	RecordInProgress RecordState = "inProgress"
	RecordCompleted  RecordState = "completed"
)

// RecordResult is how a part of a run ended.
type RecordResult string

// The results of parts of a run.
const (
	RecordSucceeded           RecordResult = "succeeded"
	RecordSucceededWithIssues RecordResult = "succeededWithIssues"
	RecordFailed              RecordResult = "failed"
	RecordCanceled            RecordResult = "canceled"
	RecordSkipped             RecordResult = "skipped"
	RecordAbandoned           RecordResult = "abandoned"
)

// planRecord is a record of a plan's timeline.
type planRecord struct {
	ID     string       `json:"id"`
	State  RecordState  `json:"state"`
	Result RecordResult `json:"result"`
}

// record reads the task's record.
func (c Callback) record(ctx context.Context, client *Client, opts []CallOption) (planRecord, bool, error) {
	records, err := readList[planRecord](ctx, client, request{
		op: "Callback.Timeline", project: true, path: c.planPath("timelines", c.Timeline, "records"),
	}, opts)
	for _, r := range records {
		if strings.EqualFold(r.ID, c.TaskInstance) {
			return r, true, err
		}
	}
	return planRecord{}, false, err
}

// maxLine is the longest line of a log that the product shows, in characters;
// maxLog how much of a log one request carries (Microsoft's own receiver).
const (
	maxLine = 1024
	maxLog  = 8 << 20
)

// Log adds lines to the task's log and makes them the task's present one, for
// people who look at the run. Each line is stamped with the time at, in UTC, and
// cut at 1,024 characters. Lines may be lost when an answer is; the decision is
// not.
func (c Callback) Log(ctx context.Context, client *Client, at time.Time, lines []string, opts ...CallOption) error {
	const op = "Callback.Log"
	if err := c.check(); err != nil {
		return err
	}
	if len(lines) == 0 {
		return nil
	}
	var log struct {
		ID int `json:"id"`
	}
	err := client.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Append, project: true, path: c.planPath("logs"),
		body: map[string]string{"path": `logs\` + c.TaskInstance}, result: &log, check: func() error { return checkID(op, "log id in the answer", log.ID) },
	}, opts)
	if err != nil {
		return tokenLife(err)
	}
	for _, text := range logPages(at, lines) {
		err = client.do(ctx, request{
			op: op, method: http.MethodPost, kind: rest.Append, project: true, path: c.planPath("logs", strconv.Itoa(log.ID)),
			body: []byte(text), media: "application/octet-stream",
		}, opts)
		if err != nil {
			return tokenLife(err)
		}
	}
	record := map[string]any{"id": c.TaskInstance, "log": map[string]any{"id": log.ID}}
	return client.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Idempotent, project: true, path: c.planPath("timelines", c.Timeline, "records"),
		body: map[string]any{"count": 1, "value": []any{record}},
	}, opts)
}

// logPages stamps and cuts lines, and parts them into what one request carries.
func logPages(at time.Time, lines []string) []string {
	stamp := at.UTC().Format("2006-01-02T15:04:05.0000000Z") + " "
	var pages []string
	var text strings.Builder
	for _, line := range lines {
		for part := range strings.SplitSeq(strings.ReplaceAll(line, "\r", ""), "\n") {
			if r := []rune(part); len(r) > maxLine {
				part = string(r[:maxLine])
			}
			if text.Len()+len(stamp)+len(part)+1 > maxLog {
				pages = append(pages, text.String())
				text.Reset()
			}
			text.WriteString(stamp + part + "\n")
		}
	}
	return append(pages, text.String())
}
