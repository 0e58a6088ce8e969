package browser_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long the browser may take for one answer on a loaded machine.
const patience = 90 * time.Second

// A chromium is a running browser, spoken to in the DevTools protocol over a pair of
// pipes: JSON messages that end in a zero byte. It serves one test, and one goroutine.
type chromium struct {
	t        *testing.T
	to, from *os.File
	answers  *bufio.Reader
	complain *bytes.Buffer
	last     int
}

type message struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

type dict map[string]any

// start starts the browser that CHROMIUM names and stops it when the test ends.
func start(t *testing.T) *chromium {
	t.Helper()
	program := os.Getenv("CHROMIUM")
	if program == "" {
		t.Skip("needs a Chromium: set CHROMIUM to its path, e.g. CHROMIUM=/usr/bin/chromium, or use .ci/run browser")
	}
	theirIn, ourOut := pipe(t)
	ourIn, theirOut := pipe(t)
	c := &chromium{t: t, to: ourOut, from: ourIn, answers: bufio.NewReader(ourIn), complain: new(bytes.Buffer)}
	ctx, kill := context.WithCancel(context.WithoutCancel(t.Context())) // the test's own ends before its cleanups
	cmd := exec.CommandContext(ctx, program,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir="+t.TempDir(),
		"--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4
	cmd.Stderr = c.complain
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		kill()
		t.Fatalf("%s: %v", program, err)
	}
	_, _ = theirIn.Close(), theirOut.Close()
	t.Cleanup(func() {
		defer time.AfterFunc(10*time.Second, kill).Stop()
		defer kill()
		c.last++
		_, _ = c.to.Write(append(c.encode(message{ID: c.last, Method: "Browser.close"}), 0))
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the browser said: %s", c.said())
		}
	})
	return c
}

// said is what the browser complained of, but for the desktop's bus that it misses.
func (c *chromium) said() string {
	lines := strings.Split(c.complain.String(), "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "dbus") }), "\n")
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

// call sends a command and waits for its answer; events that come before it go to see.
func (c *chromium) call(session, method string, params, result any, see ...func(message)) {
	c.t.Helper()
	c.last++
	m := message{ID: c.last, Method: method, SessionID: session}
	if params != nil {
		m.Params = c.encode(params)
	}
	if _, err := c.to.Write(append(c.encode(m), 0)); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	for {
		answer := c.read(method)
		if answer.ID != m.ID {
			for _, f := range see {
				f(answer)
			}
			continue
		}
		if answer.Error != nil {
			c.t.Fatalf("%s: %s", method, answer.Error.Message)
		}
		if result != nil {
			c.decode(answer.Result, result)
		}
		return
	}
}

func (c *chromium) read(why string) message {
	c.t.Helper()
	if err := c.from.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	data, err := c.answers.ReadBytes(0)
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", why, err)
	}
	var m message
	c.decode(bytes.TrimSuffix(data, []byte{0}), &m)
	return m
}

func (c *chromium) encode(v any) []byte {
	c.t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	return data
}

func (c *chromium) decode(data []byte, v any) {
	c.t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		c.t.Fatalf("%v: %.500s", err, data)
	}
}

// A tab is an open page with all that it complained of and asked for.
type tab struct {
	*chromium
	session    string
	loaded     bool
	complaints []string
	requests   []string
}

// A view is how a page is looked at.
type view struct {
	width, height int
	scheme        string // "dark" or "light"
	noScript      bool
}

// open shows a file and waits until it is loaded.
func (c *chromium) open(file string, v view) *tab {
	c.t.Helper()
	var target struct{ TargetID string }
	c.call("", "Target.createTarget", dict{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	c.call("", "Target.attachToTarget", dict{"targetId": target.TargetID, "flatten": true}, &attached)
	p := &tab{chromium: c, session: attached.SessionID}
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		p.do(domain+".enable", nil, nil)
	}
	p.do("Emulation.setDeviceMetricsOverride", dict{"width": v.width, "height": v.height, "deviceScaleFactor": 1, "mobile": false}, nil)
	p.do("Emulation.setEmulatedMedia", dict{"features": []dict{{"name": "prefers-color-scheme", "value": v.scheme}}}, nil)
	p.do("Emulation.setScriptExecutionDisabled", dict{"value": v.noScript}, nil)
	p.complaints, p.requests, p.loaded = nil, nil, false
	p.do("Page.navigate", dict{"url": "file://" + file}, nil)
	for !p.loaded {
		p.see(c.read("the page to load"))
	}
	return p
}

func (p *tab) do(method string, params, result any) {
	p.t.Helper()
	p.call(p.session, method, params, result, p.see)
}

// see takes an event.
func (p *tab) see(m message) {
	if m.SessionID != p.session {
		return
	}
	switch m.Method {
	case "Page.loadEventFired":
		p.loaded = true
	case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled":
		p.complaints = append(p.complaints, string(m.Params))
	case "Network.requestWillBeSent":
		var r struct{ Request struct{ URL string } }
		p.decode(m.Params, &r)
		p.requests = append(p.requests, r.Request.URL)
	}
}

// eval gives an expression's value, or that of the promise that it gives.
func (p *tab) eval(expression string, result any) {
	p.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	p.do("Runtime.evaluate", dict{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.ExceptionDetails != nil {
		p.t.Fatalf("%s: %s", expression, answer.ExceptionDetails)
	}
	if result != nil {
		p.decode(answer.Result.Value, result)
	}
}

func (p *tab) number(expression string) (n int) {
	p.t.Helper()
	p.eval(expression, &n)
	return n
}

func (p *tab) text(expression string) (s string) {
	p.t.Helper()
	p.eval(expression, &s)
	return s
}

// press presses a key as a person does.
func (p *tab) press(key, text string) {
	p.t.Helper()
	p.do("Input.dispatchKeyEvent", dict{"type": "keyDown", "key": key, "text": text}, nil)
	p.do("Input.dispatchKeyEvent", dict{"type": "keyUp", "key": key}, nil)
}

// shoot keeps a picture of the page in the folder that SHOTS names, if it does.
func (p *tab) shoot(name string) {
	p.t.Helper()
	folder := os.Getenv("SHOTS")
	if folder == "" {
		return
	}
	var shot struct{ Data string }
	p.do("Page.captureScreenshot", dict{"format": "png"}, &shot)
	p.keep(folder, name+".png", shot.Data)
}

func (p *tab) keep(folder, name, base64Data string) {
	p.t.Helper()
	data, err := base64.StdEncoding.DecodeString(base64Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name), data, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// quiet reports what a page must not do: complain, or ask for anything but itself.
func (p *tab) quiet() {
	p.t.Helper()
	if len(p.complaints) > 0 {
		p.t.Errorf("the page complains: %s", strings.Join(p.complaints, "\n"))
	}
	if others := slices.DeleteFunc(slices.Clone(p.requests), func(url string) bool {
		return strings.HasPrefix(url, "data:") || strings.HasPrefix(url, "file://") && strings.HasSuffix(url, ".html")
	}); len(others) > 0 {
		p.t.Errorf("the page asks for %q", others)
	}
}
