package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Job is a piece of work that NetBox does in the background.
type Job struct {
	ID            int64           `json:"id"`
	URL           string          `json:"url"`
	DisplayURL    string          `json:"display_url"` // since 4.1
	Display       string          `json:"display"`
	ObjectType    string          `json:"object_type"` // what the job is about, "core.datasource"; often nothing
	ObjectID      *int64          `json:"object_id"`
	Object        *Nested         `json:"object"` // since 4.2
	Name          string          `json:"name"`
	Status        Choice          `json:"status"` // "pending", "scheduled", "running", "completed", "errored", "failed"
	Created       time.Time       `json:"created"`
	Scheduled     *time.Time      `json:"scheduled"`
	Interval      *int64          `json:"interval"` // minutes
	Started       *time.Time      `json:"started"`
	Completed     *time.Time      `json:"completed"`
	ExecutionTime string          `json:"execution_time"` // since 4.7, "00:00:00.494800"
	User          *NestedUser     `json:"user"`
	Data          json.RawMessage `json:"data"`  // what came of it
	Error         string          `json:"error"` // why it failed
	JobID         string          `json:"job_id"`
	QueueName     string          `json:"queue_name"`  // since 4.5
	LogEntries    []JobLogEntry   `json:"log_entries"` // since 4.4
}

// JobLogEntry is a line of a job's log.
type JobLogEntry struct {
	Level     string    `json:"level"` // "debug", "info", "warning", "error"
	Message   string    `json:"message"`
	Timestamp time.Time `json:"timestamp"`
}

// The statuses of jobs.
const (
	JobPending   = "pending"
	JobScheduled = "scheduled"
	JobRunning   = "running"
	JobCompleted = "completed"
	JobErrored   = "errored"
	JobFailed    = "failed"
)

// Done reports whether the job has ended, well or not.
func (j Job) Done() bool {
	switch j.Status.Value {
	case JobCompleted, JobErrored, JobFailed:
		return true
	}
	return false
}

// JobFilter selects jobs: every set field must match, several values of one
// field mean any of them.
type JobFilter struct {
	ID       IDs    `url:"id,omitempty"`
	Name     Texts  `url:"name,omitempty"`
	Status   Texts  `url:"status,omitempty" lookup:"choice"`
	UserID   IDs    `url:"user_id,omitempty"`
	ObjectID IDs    `url:"object_id,omitempty" lookup:"ordered"`
	Search   string `url:"q,omitempty"`
}

func (f JobFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var jobSpec = spec{
	name: "Core.Jobs", path: "core/jobs", filter: JobFilter{},
	without: changeLogFilters + " description",
}

// ErrJobFailed is what a job that ended badly is; see [JobError].
var ErrJobFailed = errors.New("the job failed")

// JobError says that a job ended badly. It is [ErrJobFailed], and the refusal
// of the work where NetBox kept one.
type JobError struct {
	Op  string
	Job Job
	Err error // the refusal, an *Error; nil where NetBox kept none
}

// Error tells why the job failed, in NetBox's words.
func (e *JobError) Error() string {
	text := fmt.Sprintf("netbox: %s: job %d (%s) %s", e.Op, e.Job.ID, e.Job.Name, e.Job.Status.Value)
	switch {
	case e.Err != nil:
		return text + ": " + e.Err.Error()
	case e.Job.Error != "":
		return text + ": " + e.Job.Error
	}
	return text
}

// Unwrap gives errors.Is and errors.As the kind and the refusal.
func (e *JobError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrJobFailed}
	}
	return []error{ErrJobFailed, e.Err}
}

// WaitJob waits until a job has ended and returns it. One that ended badly is a
// [*JobError]. When the time of wait is over the error is [ErrStillWaiting] and
// the job as it was last seen is returned; the job itself goes on. A job that
// waits for its scheduled time is waited for as well.
func (c *Client) WaitJob(ctx context.Context, id int64, wait Poll, opts ...CallOption) (Job, error) {
	var job Job
	if c == nil || c.rest == nil {
		return job, errNoClient
	}
	wait, err := wait.resolve()
	if err != nil {
		return job, fmt.Errorf("netbox: WaitJob: %w", err)
	}
	err = wait.run(ctx, func(ctx context.Context) (bool, error) {
		now, err := c.Core.Jobs.Get(ctx, id, opts...)
		if err == nil {
			job = now
		}
		return job.Done(), err
	})
	if err != nil {
		return job, fmt.Errorf("netbox: WaitJob: job %d: %w", id, err)
	}
	if job.Status.Value != JobCompleted {
		_, refused := c.outcome(job)
		return job, &JobError{Op: "WaitJob", Job: job, Err: refused}
	}
	return job, nil
}
