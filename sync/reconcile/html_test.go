package reconcile_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func planHTML(tb testing.TB, p *reconcile.Plan) []byte {
	tb.Helper()
	var buf bytes.Buffer
	if err := p.WriteHTML(&buf); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

// An element of a page with the text that stands directly in it or in what is below.
type element struct {
	name, class string
	text        string
}

var inlined = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`)

// elements reads a page as a tree, which fails where texts have become markup.
func elements(tb testing.TB, page []byte) []element {
	tb.Helper()
	dec := xml.NewDecoder(bytes.NewReader(inlined.ReplaceAll(page, nil)))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all []element
	var open []int
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			tb.Fatalf("%v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local}
			for _, a := range token.Attr {
				if a.Name.Local == "class" {
					e.class = a.Value
				}
			}
			open = append(open, len(all))
			all = append(all, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, i := range open {
				all[i].text += string(token)
			}
		}
	}
	if len(open) > 0 {
		tb.Fatalf("%d elements stay open", len(open))
	}
	return all
}

func texts(all []element, name, class string) []string {
	var list []string
	for _, e := range all {
		if e.name == name && slices.Contains(strings.Fields(e.class), class) {
			list = append(list, strings.TrimSpace(e.text))
		}
	}
	return list
}

func TestHTMLHoldsThePlan(t *testing.T) {
	plan := goldenPlan(t)
	page := planHTML(t, plan)
	all := elements(t, page)
	if got := len(texts(all, "details", "op")); got != len(plan.Operations) {
		t.Errorf("%d operations, want %d", got, len(plan.Operations))
	}
	total := plan.Total()
	for kind, n := range map[reconcile.Kind]int{
		reconcile.Create: total.Create, reconcile.Update: total.Update, reconcile.Delete: total.Delete,
		reconcile.Retire: total.Retire, reconcile.Skip: total.Skip, reconcile.Blocked: total.Blocked,
	} {
		if got := len(texts(all, "details", string(kind))); got != n {
			t.Errorf("%d of kind %s, want %d", got, kind, n)
		}
	}
	for _, want := range []string{
		plan.Source, plan.Target, plan.Digest,
		`<a href="#o1"><bdi>Île-de-France</bdi></a> <small><bdi>11111111111111111111111111111111</bdi></small>`,
		"Takes 2 records out of the target, of 45 seen there (4.4\u00a0%).",
		"1 operation cannot be carried out: something is in the way.",
		"1 field with a masked value",
		"<i>empty text</i>", "<i>no value</i>", "<i>masked</i>", "NetBox owns it",
		`core<b class="x">\n</b>`,
		"needs site:99, which is not in the plan", "has no tag ServiceNowSyncTo",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// A plan that was kept in a file gives the same page, to the byte, and so does the
// same plan made again.
func TestHTMLIsStable(t *testing.T) {
	plan := goldenPlan(t)
	read, err := reconcile.ReadPlan(bytes.NewReader(planJSON(t, plan)))
	if err != nil {
		t.Fatal(err)
	}
	page := planHTML(t, plan)
	for range 20 {
		if !bytes.Equal(planHTML(t, goldenPlan(t)), page) || !bytes.Equal(planHTML(t, read), page) {
			t.Fatal("the page differs")
		}
	}
}

// The page allows its own style and script and nothing else, and asks for nothing.
func TestHTMLPolicy(t *testing.T) {
	page := string(planHTML(t, goldenPlan(t)))
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Error(policy)
	}
	for name, directive := range map[string]string{"style": "style-src", "script": "script-src"} {
		text := regexp.MustCompile(`(?s)<`+name+`>(.*?)</`+name+`>`).FindAllStringSubmatch(page, -1)
		if len(text) != 1 {
			t.Fatalf("%d elements %s", len(text), name)
		}
		sum := sha256.Sum256([]byte(text[0][1]))
		if want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("%s lacks %s", policy, want)
		}
	}
	if found := regexp.MustCompile(`(?i)https?://|\bsrc=|\bstyle="|\bon\w+="|url\(|@import`).FindAllString(page, -1); found != nil {
		t.Errorf("the page holds %q", found)
	}
}

// everywhere is an update that says s wherever it can.
func everywhere(s string) reconcile.Operation {
	return reconcile.Operation{
		ID: "id " + s, Kind: reconcile.Update, Type: s, Class: s, Key: s, Target: s, Name: s, Code: s, Reason: s,
		Changes: []reconcile.Change{
			{Field: s, From: text(s), To: text(s + "2"), Base: text(s + "1"), Reason: s},
			{Field: s + " ref", To: text(s), Ref: "id ref"},
		},
	}
}

func pageOf(tb testing.TB, s string) []byte {
	tb.Helper()
	b := reconcile.NewBuilder(s, s)
	b.Unchanged(s, s, 1)
	b.Add(everywhere(s))
	b.Add(reconcile.Operation{ID: "id ref", Kind: reconcile.Create, Type: s, Name: s})
	b.Add(reconcile.Operation{ID: "id skip", Kind: reconcile.Skip, Type: s, Name: s, Code: s, Reason: s})
	b.Add(reconcile.Operation{ID: "id blocked", Kind: reconcile.Blocked, Wanted: reconcile.Create, Type: s, Name: s, Code: s, Reason: s, Needs: []string{s}})
	p, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return planHTML(tb, p)
}

// shape is the page without its texts and without what stands for unseen characters.
func shape(all []element) []string {
	var list []string
	for _, e := range all {
		if e.class != "x" {
			list = append(list, e.name+"."+e.class)
		}
	}
	return list
}

// No text of a plan becomes markup, and what cannot be seen is shown.
func TestHTMLEscapes(t *testing.T) {
	want := shape(elements(t, pageOf(t, "plain")))
	for _, tc := range []struct{ name, shown string }{
		{"plain", "plain"},
		{`<script>alert(1)</script>`, `<script>alert(1)</script>`},
		{`</script></style></title><img src=x onerror=alert(1)>`, `</script></style></title><img src=x onerror=alert(1)>`},
		{`"' onmouseover="alert(1)`, `"' onmouseover="alert(1)`},
		{`&amp;<!-- --> ]]> {{.}} ` + "`", `&amp;<!-- --> ]]> {{.}} ` + "`"},
		{"javascript:alert(1)", "javascript:alert(1)"},
		{"שלום עולם", "שלום עולם"},
		{"👩‍🔬🏳️‍🌈 é", "👩‍🔬🏳️‍🌈 é"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"invoice\u202efdp.exe", "invoiceU+202Efdp.exe"},
		{"ad\u200dmin", "adU+200Dmin"},
		{"a\u00a0b", "aU+00A0b"},
		{" lead and trail  ", "␣lead and trail␣␣"},
		{"  ", "␣␣"},
		{"a\tb\r\nc\x00\x1b", "a\\tb\\r\\n\ncU+0000U+001B"},
		{"\ufeffname", "U+FEFFname"},
	} {
		all := elements(t, pageOf(t, tc.name))
		if got := shape(all); !slices.Equal(got, want) {
			t.Errorf("%q changed the page: %d elements, want %d", tc.name, len(got), len(want))
		}
		var names []string
		for _, e := range all {
			if e.name == "strong" {
				names = append(names, e.text)
			}
		}
		if !slices.Equal(names, []string{tc.shown, tc.shown, tc.shown, tc.shown}) {
			t.Errorf("%q is shown as %q, want %q", tc.name, names, tc.shown)
		}
	}
}

func FuzzHTML(f *testing.F) {
	want := shape(elements(f, pageOf(f, "plain")))
	for _, s := range []string{"x", `<b>"'&`, "\u202e\u200d ", "</title>", "</select><option>", "𝒳\xff", "a\n\n", "{{", "<!--"} {
		f.Add(s)
	}
	hexDigits := regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || hexDigits.MatchString(s) || strings.HasPrefix(s, "id ") {
			t.Skip("another page by design")
		}
		page := pageOf(t, s)
		if got := shape(elements(t, page)); !slices.Equal(got, want) {
			t.Errorf("%q changed the page", s)
		}
		if !bytes.Equal(page, pageOf(t, s)) {
			t.Errorf("%q: two pages", s)
		}
	})
}

// A plan without operations says so.
func TestHTMLOfNothing(t *testing.T) {
	b := reconcile.NewBuilder("a", "b")
	b.Unchanged("site", "cmn_location", 12_345)
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	page := string(planHTML(t, plan))
	if !strings.Contains(page, "the two sides say the same") || !strings.Contains(page, "12,345") || strings.Contains(page, "<section class=\"ops\"") {
		t.Error(page)
	}
}

// What is skipped or blocked is grouped by code, the most frequent first; long groups
// are folded.
func TestHTMLGroups(t *testing.T) {
	b := reconcile.NewBuilder("a", "b")
	skip := func(n int, code, reason string) {
		b.Add(reconcile.Operation{ID: fmt.Sprint("s:", n), Kind: reconcile.Skip, Type: "s", Code: code, Reason: reason})
	}
	for n := range 30 {
		skip(n, "not-tagged", "has no tag")
	}
	skip(30, "class-differs", "is a switch")
	skip(31, "class-differs", "is a router")
	skip(32, "", "")
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	page := string(planHTML(t, plan))
	var groups []string
	for _, match := range regexp.MustCompile(`(?s)<details class="group"( open)?>\n<summary>(.*?)</summary>`).FindAllStringSubmatch(page, -1) {
		groups = append(groups, match[1]+" "+regexp.MustCompile(`<[^>]*>`).ReplaceAllString(match[2], ""))
	}
	want := []string{" not-tagged has no tag 30", " open class-differs e.g. is a switch 2", " open no code  1"}
	if !slices.Equal(groups, want) {
		t.Errorf("%q, want %q", groups, want)
	}
}

// A value that is the id of a record which the plan writes is shown by its name.
func TestHTMLNamesKnownIDs(t *testing.T) {
	site := create("site:1")
	site.Target, site.Name = strings.Repeat("ab", 16), "Paris"
	device := create("device:1")
	device.Changes = []reconcile.Change{{Field: "location", To: text(site.Target)}, {Field: "floor", To: text("12")}}
	page := string(planHTML(t, build(t, site, device)))
	if !regexp.MustCompile(`<a href="#o\d"><bdi>Paris</bdi></a> <small><bdi>` + site.Target).MatchString(page) {
		t.Error(page)
	}
}

func BenchmarkWriteHTML(b *testing.B) {
	builder := reconcile.NewBuilder("netbox", "acme")
	for n := range 10_000 {
		op := create(fmt.Sprint("device:", n))
		for f := range 8 {
			op.Changes = append(op.Changes, reconcile.Change{Field: fmt.Sprint("field_", f), To: text(fmt.Sprint("value ", n))})
		}
		builder.Add(op)
	}
	plan, err := builder.Build()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(planHTML(b, plan))))
	}
}
