package docrules

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// block is a fenced block of a Markdown file.
type block struct {
	line     int // of its first line of text, from 1
	language string
	text     string
}

func blocks(markdown string) []block {
	var found []block
	open := -1
	for i, line := range strings.Split(markdown, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open < 0:
			found = append(found, block{line: i + 2, language: strings.TrimSpace(fence)})
			open = len(found) - 1
		case isFence:
			open = -1
		case open >= 0:
			found[open].text += line + "\n"
		}
	}
	return found
}

// Snippets reports every Go block of a Markdown file (relative to root, the
// module's folder) that is no run of whole lines in the body of a compiled
// Example of the module. Indentation and empty lines do not count, nor does the
// word Output before what an Example prints. A block that begins with a package
// clause must be a whole file of the module.
func Snippets(root, markdown string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, markdown))
	if err != nil {
		return nil, fmt.Errorf("docrules: %w", err)
	}
	files, err := parse(root)
	if err != nil {
		return nil, fmt.Errorf("docrules: %w", err)
	}
	var compiled, whole []string
	for _, f := range files {
		whole = append(whole, normal(f.text))
		if !f.test() {
			continue
		}
		for _, fn := range functions(f, "Example") {
			compiled = append(compiled, normal(body(f, fn)))
		}
	}
	var found []string
	for _, b := range blocks(string(text)) {
		if b.language != "go" {
			continue
		}
		snippet, known := normal(b.text), false
		if strings.HasPrefix(snippet, "\npackage ") {
			for _, w := range whole {
				known = known || w == snippet
			}
		} else {
			for _, c := range compiled {
				known = known || strings.Contains(c, snippet)
			}
		}
		if snippet == "\n" || !known {
			found = append(found, fmt.Sprintf("%s:%d: this Go block is not in the body of any compiled Example", markdown, b.line))
		}
	}
	return found, nil
}

var output = regexp.MustCompile(`^// (Unordered o|O)utput:\s*`)

// normal gives source as trimmed lines, each between two line ends, so that
// containment is containment of whole lines.
func normal(source string) string {
	var lines strings.Builder
	lines.WriteString("\n")
	for line := range strings.SplitSeq(source, "\n") {
		line = strings.TrimSpace(line)
		if output.MatchString(line) {
			line = strings.TrimSpace("// " + output.ReplaceAllString(line, ""))
			if line == "//" {
				continue
			}
		}
		if line != "" {
			lines.WriteString(line + "\n")
		}
	}
	return lines.String()
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s#]+)(#[^)]*)?\)`)
	command = regexp.MustCompile(`(?:^|[\s"(])(\./[\w./-]+|\.ci/[\w./-]+|internal/[\w./-]+|examples/[\w./-]+)`)
)

// Paths reports every relative link, and every path of a shell block, of a
// Markdown file that leads nowhere.
func Paths(root, markdown string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, markdown))
	if err != nil {
		return nil, fmt.Errorf("docrules: %w", err)
	}
	var found []string
	look := func(base, path string, line int) {
		path = strings.TrimSuffix(strings.TrimSuffix(path, "..."), "/")
		if path == "" || path == "." {
			return
		}
		if _, err := os.Stat(filepath.Join(base, path)); err != nil {
			found = append(found, fmt.Sprintf("%s:%d: %s does not exist", markdown, line, path))
		}
	}
	for i, line := range strings.Split(string(text), "\n") {
		for _, match := range link.FindAllStringSubmatch(line, -1) {
			if !strings.Contains(match[1], ":") {
				look(filepath.Join(root, filepath.Dir(markdown)), match[1], i+1)
			}
		}
	}
	for _, b := range blocks(string(text)) {
		if b.language != "sh" {
			continue
		}
		for i, line := range strings.Split(b.text, "\n") {
			line, _, _ = strings.Cut(line, "#")
			for _, match := range command.FindAllStringSubmatch(line, -1) {
				look(root, match[1], b.line+i)
			}
		}
	}
	return found, nil
}
