package netboxtest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// BenchmarkPages reads 50,000 devices in pages of 1,000. The bytes a second
// are those of the JSON.
func BenchmarkPages(b *testing.B) {
	s, err := netboxtest.Estate(50000)
	if err != nil {
		b.Fatal(err)
	}
	client := s.Client()
	for _, mode := range []string{"start=%d", "ordering=id&id__gt=%d", "start=%d&fields=id,name,serial,tags,custom_fields"} {
		b.Run(mode, func(b *testing.B) {
			for b.Loop() {
				total := int64(0)
				for last := 0; last < 50000; last += 1000 {
					at := last
					if mode[0] == 's' {
						at++ // start includes its id
					}
					req, err := http.NewRequest("GET", "http://netbox.example/api/dcim/devices/?limit=1000&tag=servicenowsyncto&"+fmt.Sprintf(mode, at), nil)
					if err != nil {
						b.Fatal(err)
					}
					req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
					res, err := client.Do(req)
					if err != nil {
						b.Fatal(err)
					}
					n, err := io.Copy(io.Discard, res.Body)
					if err != nil {
						b.Fatal(err)
					}
					_ = res.Body.Close()
					total += n
				}
				b.SetBytes(total)
			}
		})
	}
}

// BenchmarkEstate fills a server with 10,000 devices.
func BenchmarkEstate(b *testing.B) {
	for b.Loop() {
		if _, err := netboxtest.Estate(10000); err != nil {
			b.Fatal(err)
		}
	}
}
