package netbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
)

// roundTrip makes a transport of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// script answers every request with what answer returns and keeps the requests.
type script struct {
	version string
	answer  func(r *http.Request, body []byte) (status int, answer string)

	mu       sync.Mutex
	requests []sent
}

type sent struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	Body         string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	s.mu.Lock()
	s.requests = append(s.requests, sent{r.Method, r.URL.Path, r.URL.Query(), r.Header.Clone(), string(body)})
	s.mu.Unlock()
	status, answer := s.answer(r, body)
	header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"req-1"}}
	if s.version != "" {
		header.Set("API-Version", s.version)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewBufferString(answer)), ContentLength: int64(len(answer)), Request: r}, nil
}

// scripted makes a client over a script that answers as one version.
func scripted(t testing.TB, version string, answer func(r *http.Request, body []byte) (int, string)) (*netbox.Client, *script) {
	t.Helper()
	s := &script{version: version, answer: answer}
	c, err := netbox.New(netbox.Config{
		BaseURL: "https://netbox.example", Auth: netbox.Token("0123456789abcdef0123456789abcdef01234567"),
		HTTPClient: &http.Client{Transport: s}, MaxRetries: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// farm serves n devices in pages made beforehand, without a network.
type farm struct {
	pages map[string][]byte // by "start"/"id__gt"
	bytes int
}

// newFarm makes the pages of n devices; shape makes one device of its id.
func newFarm(n, size int, shape func(id int) []byte) *farm {
	f := &farm{pages: map[string][]byte{}}
	for from := 0; from < n; from += size {
		var b bytes.Buffer
		next := "null"
		if from+size < n {
			next = `"http://elsewhere.example/api/dcim/devices/?start=` + strconv.Itoa(from+size+1) + `"`
		}
		fmt.Fprintf(&b, `{"count":null,"next":%s,"previous":null,"results":[`, next)
		for id := from + 1; id <= min(from+size, n); id++ {
			if id > from+1 {
				b.WriteByte(',')
			}
			b.Write(shape(id))
		}
		b.WriteString(`]}`)
		f.pages[strconv.Itoa(from+1)] = b.Bytes()
		f.bytes += b.Len()
	}
	return f
}

func (f *farm) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "netbox.example" {
		return nil, fmt.Errorf("asked %s", r.URL.Host) // the host of an answer's next
	}
	start := r.URL.Query().Get("start")
	if start == "" {
		after, _ := strconv.Atoi(r.URL.Query().Get("id__gt"))
		start = strconv.Itoa(after + 1)
	}
	page, ok := f.pages[start]
	if !ok {
		page = []byte(`{"count":null,"next":null,"previous":null,"results":[]}`)
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}, "Api-Version": {"4.7"}},
		Body: io.NopCloser(bytes.NewReader(page)), ContentLength: int64(len(page)), Request: r}, nil
}

func (f *farm) client(t testing.TB) *netbox.Client {
	t.Helper()
	c, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("x"), HTTPClient: &http.Client{Transport: f}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// syncFields is what a synchronisation with a CMDB reads of a device.
var syncFields = []string{
	"id", "name", "device_type", "role", "tenant", "platform", "serial", "asset_tag", "site", "location", "rack",
	"status", "primary_ip", "description", "tags", "custom_fields", "last_updated",
}

// fullDevice varies the recorded device by id.
func fullDevice(t testing.TB) func(id int) []byte {
	body := compact(t, recorded(t, "device").Response.Body)
	return func(id int) []byte {
		n := strconv.Itoa(id)
		b := bytes.Replace(body, []byte(`"id":6230,`), []byte(`"id":`+n+`,`), 1)
		b = bytes.ReplaceAll(b, []byte("zrh-rtr-1"), []byte("zrh-rtr-"+n))
		b = bytes.ReplaceAll(b, []byte("AT-000001"), []byte("AT-"+n))
		return bytes.ReplaceAll(b, []byte("FXS2101Q0AB"), []byte("FXS"+n))
	}
}

// syncDevice keeps only the fields of a synchronisation.
func syncDevice(t testing.TB) func(id int) []byte {
	full := fullDevice(t)
	return func(id int) []byte {
		var all map[string]json.RawMessage
		if err := json.Unmarshal(full(id), &all); err != nil {
			t.Fatal(err)
		}
		some := map[string]json.RawMessage{}
		for _, name := range syncFields {
			some[name] = all[name]
		}
		data, err := json.Marshal(some)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
}

func compact(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
