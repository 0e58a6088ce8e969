package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/itsmkit/itsmkit/internal/rest"
)

func Example() {
	client, err := rest.New(rest.Config{
		Service:    rest.Service{Name: "itsm"},
		BaseURL:    "https://itsm.example",
		Credential: staticToken("Bearer secret"),
		HTTPClient: &http.Client{Transport: &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return answer(503, "busy", "Retry-After", "0.01"), nil
			}
			return answer(200, `{"name":"db-1"}`), nil
		}}},
		OnAttempt: func(_ context.Context, a rest.Attempt) { fmt.Println(a.Op, a.Number, a.Status, a.Outcome) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	path, err := rest.Path("api", "devices", "rack 4/7")
	if err != nil {
		fmt.Println(err)
		return
	}
	var device struct{ Name string }
	_, err = client.Do(context.Background(), &rest.Call{
		Op: "Devices.Get", Path: path,
		Decode: func(a *rest.Answer) error { return json.Unmarshal(a.Body, &device) },
	})
	fmt.Println(path, device.Name, err)
	// Output:
	// Devices.Get 1 503 unavailable
	// Devices.Get 2 200 ok
	// /api/devices/rack%204%2F7 db-1 <nil>
}

// A write whose answer is lost is not repeated, and its error says why.
func ExampleFailure() {
	client, err := rest.New(rest.Config{
		Service:    rest.Service{Name: "itsm"},
		BaseURL:    "https://itsm.example",
		HTTPClient: &http.Client{Transport: always(http.StatusBadGateway)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Do(context.Background(), &rest.Call{
		Op: "Incidents.Create", Method: http.MethodPost, Path: "/api/incidents", Kind: rest.Append, Body: []byte(`{}`),
	})
	var failure *rest.Failure
	fmt.Println(err)
	fmt.Println(errors.As(err, &failure), failure.Retryable(), errors.Is(err, rest.ErrUnavailable), errors.Is(err, rest.ErrAmbiguous))
	// Output:
	// itsm: Incidents.Create: POST /api/incidents: 502 Bad Gateway; the server may have acted on it
	// true true true true
}

// gobreaker's two-step breaker fits as it is.
func ExampleBreaker() {
	client, err := rest.New(rest.Config{
		Service:    rest.Service{Name: "itsm"},
		BaseURL:    "https://itsm.example",
		HTTPClient: &http.Client{Transport: always(http.StatusServiceUnavailable)},
		MaxRetries: -1,
		Breaker: gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
			Timeout:     time.Minute,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures > 1 },
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		_, err := client.Do(context.Background(), &rest.Call{Op: "Get", Path: "/x"})
		fmt.Println(err)
	}
	// Output:
	// itsm: Get: GET /x: 503 Service Unavailable
	// itsm: Get: GET /x: 503 Service Unavailable
	// itsm: Get: GET /x: unavailable: circuit breaker is open
}

func ExampleAll() {
	pages := func(_ context.Context, cursor string) (items []string, next string, err error) {
		n, err := strconv.Atoi(cursor)
		if err != nil || n == 3 {
			return []string{"last"}, "", err
		}
		return []string{"a" + cursor, "b" + cursor}, strconv.Itoa(n + 1), nil
	}
	for item, err := range rest.All(context.Background(), false, "1", pages) {
		fmt.Println(item, err)
	}
	// Output:
	// a1 <nil>
	// b1 <nil>
	// a2 <nil>
	// b2 <nil>
	// last <nil>
}
