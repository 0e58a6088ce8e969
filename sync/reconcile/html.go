package reconcile

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"sync"
)

// WriteHTML writes the plan as one HTML page for the person who must approve it:
// source, target and digest; counts by type and class; every operation in its order
// with its changes field by field, references by name; what is skipped or blocked,
// grouped by code. The page can be searched and filtered, works without its script,
// in light and dark, by keyboard and on paper, and holds tens of thousands of
// operations.
//
// The page is complete in itself: it loads nothing, and its content security policy
// forbids it to. No text of the plan can become markup, turn the direction of what
// stands beside it or hide: characters that cannot be seen are written as escapes.
// Masked values are not in it, not even as digests. The same plan gives the same
// bytes.
func (p *Plan) WriteHTML(w io.Writer) error {
	page, err := page()
	if err != nil {
		return fmt.Errorf("reconcile: write plan: %w", err)
	}
	out := bufio.NewWriter(w)
	if err := page.Execute(out, p.view()); err != nil {
		return fmt.Errorf("reconcile: write plan: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("reconcile: write plan: %w", err)
	}
	return nil
}

var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string
)

// page parses the template once, when the first page is written.
var page = sync.OnceValues(func() (*template.Template, error) {
	return template.New("plan").Parse(pageHTML)
})

// asset returns the expression by which the policy allows the page's own style or
// script.
func asset(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
