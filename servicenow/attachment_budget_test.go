package servicenow_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
)

// pattern is a source of bytes that is as long as wanted and kept nowhere. It
// looks at the live heap now and then, from the goroutine that moves the bytes.
type pattern struct {
	left, looked int64
	at           int // in the block, so that the bytes do not depend on the reads
	heap         *peak
}

var patternBlock = func() (block [64 << 10]byte) {
	for i := range block {
		block[i] = byte(i * i >> 3)
	}
	return block
}()

func (p *pattern) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(int64(len(b)), p.left)], patternBlock[p.at:])
	p.left -= int64(n)
	p.at = (p.at + n) % len(patternBlock)
	if p.looked -= int64(n); p.looked <= 0 {
		p.looked = 64 << 20
		p.heap.look()
	}
	return n, nil
}

func (p *pattern) Close() error { return nil }

// peak is the most live heap seen, in bytes above what there was at first.
type peak struct{ before, most uint64 }

func (p *peak) look() {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if p.before == 0 {
		p.before = m.HeapAlloc
	}
	p.most = max(p.most, m.HeapAlloc-min(p.before, m.HeapAlloc))
}

// TestBudgetAttachment moves 1 GB up and down over loopback TCP. The server makes
// and hashes the bytes; both ends live in this process, so that the budget of 8
// MB holds for the two together.
func TestBudgetAttachment(t *testing.T) {
	switch {
	case raceEnabled:
		t.Skip("the race detector keeps memory of its own, and needs minutes for 2 GB")
	case testing.Short():
		t.Skip("moves 2 GB")
	}
	const size = 1 << 30
	var heap peak
	var received string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			h := sha256.New()
			n, err := io.Copy(h, r.Body)
			if err != nil {
				t.Errorf("the server received %d bytes: %v", n, err)
				return
			}
			received = hex.EncodeToString(h.Sum(nil))
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprintf(w, `{"result":{"sys_id":"a","size_bytes":"%d","hash":%q}}`, n, received)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		w.Header().Set("X-Attachment-Metadata", fmt.Sprintf(`{"sys_id":"a","size_bytes":"%d","hash":%q}`, size, received))
		_, _ = io.Copy(w, &pattern{left: size, heap: &heap})
	}))
	defer server.Close()
	client, err := servicenow.New(servicenow.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	heap.look()
	begun := time.Now()
	made, err := client.Attachments.Upload(t.Context(), servicenow.File{
		Table: "incident", SysID: "b", Name: "big", Size: size,
		Open: func() (io.ReadCloser, error) { return &pattern{left: size, heap: &heap}, nil },
	})
	if err != nil || made.SizeBytes != size {
		t.Fatalf("uploaded %+v, %v", made, err)
	}
	up := time.Since(begun)
	got, err := client.Attachments.Download(t.Context(), "a", io.Discard) // compares the SHA-256 with that of the upload
	if err != nil || got.Hash != made.Hash || made.Hash == "" {
		t.Fatalf("downloaded %+v, %v", got, err)
	}
	t.Logf("1 GB up in %s and down in %s, %.1f MB of live heap", up.Round(10*time.Millisecond), (time.Since(begun) - up).Round(10*time.Millisecond), float64(heap.most)/(1<<20))
	if heap.most > 8<<20 {
		t.Errorf("%d bytes of live heap, budget 8 MB", heap.most)
	}
}
