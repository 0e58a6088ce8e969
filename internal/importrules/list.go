package importrules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"strings"
)

// pkg is what `go list` tells of one package.
type pkg struct {
	ImportPath, Name, Dir              string
	Standard                           bool
	GoFiles, IgnoredGoFiles            []string
	Imports, TestImports, XTestImports []string
	Deps                               []string
	Module                             *struct {
		Path string
		Main bool
	}
}

// tree is a module with everything that it links.
type tree struct {
	module string
	own    []*pkg          // the module's packages, in the order of `go list`
	all    map[string]*pkg // and all that they link, by import path
	std    map[string]bool // names of the standard library's packages
}

// load asks the go command about the module in dir.
func load(ctx context.Context, dir string) (*tree, error) {
	t := &tree{all: map[string]*pkg{}, std: map[string]bool{}}
	out, err := goList(ctx, dir, "-deps",
		"-json=ImportPath,Name,Dir,Standard,GoFiles,IgnoredGoFiles,Imports,TestImports,XTestImports,Deps,Module", "./...")
	if err != nil {
		return nil, err
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(pkg)
		if err := decoder.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("importrules: cannot read the answer of go list: %w", err)
		}
		t.all[p.ImportPath] = p
		if p.Module != nil && p.Module.Main {
			t.module = p.Module.Path
			t.own = append(t.own, p)
		}
	}
	if len(t.own) == 0 {
		return nil, fmt.Errorf("importrules: %s has no package of a module: give the folder of a go.mod", dir)
	}
	if out, err = goList(ctx, dir, "std"); err != nil {
		return nil, err
	}
	for name := range strings.FieldsSeq(string(out)) {
		if !strings.Contains("/"+name+"/", "/internal/") && !strings.HasPrefix(name, "vendor/") {
			t.std[path.Base(name)] = true
		}
	}
	return t, nil
}

func goList(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Dir = dir
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("importrules: go list in %s: %w: %s", dir, err, complaint.String())
	}
	return out, nil
}

// name gives the path relative to the module, and whether the package is in it.
func (t *tree) name(importPath string) (string, bool) {
	return strings.CutPrefix(importPath, t.module+"/")
}

// foreign tells whether an import path is of another module.
func (t *tree) foreign(importPath string) bool {
	_, own := t.name(importPath)
	first, _, _ := strings.Cut(importPath, "/")
	return !own && importPath != t.module && strings.Contains(first, ".")
}

// chain gives the shortest way from a package to one that it links, for people
// to read.
func (t *tree) chain(from *pkg, to string) string {
	came := map[string]string{from.ImportPath: ""}
	for queue := []string{from.ImportPath}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == to {
			steps := to
			for at = came[at]; at != ""; at = came[at] {
				steps = strings.TrimPrefix(at, t.module+"/") + " > " + steps
			}
			return steps
		}
		p := t.all[at]
		if p == nil {
			continue
		}
		for _, next := range p.Imports {
			if _, seen := came[next]; !seen {
				came[next] = at
				queue = append(queue, next)
			}
		}
	}
	return to
}
