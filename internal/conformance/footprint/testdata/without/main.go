// Command without reads a list by the standard library alone.
package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	resp, err := http.Get(os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	var devices []struct{ Name string }
	err = json.NewDecoder(resp.Body).Decode(&devices)
	_ = resp.Body.Close()
	if err != nil {
		os.Exit(1)
	}
	for _, device := range devices {
		println(device.Name)
	}
}
