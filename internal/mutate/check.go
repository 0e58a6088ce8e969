package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
)

// testTimeout ends a run that a change has made endless. That counts as noticed.
const testTimeout = "60s"

// verdict is what became of one mutant.
type verdict struct {
	mutant mutant
	killed bool
}

// bench builds and runs the mutants of one package.
type bench struct {
	pkg *pkg
	dir string // for binaries and changed files
}

// check runs the tests of a package once for every mutant.
func check(ctx context.Context, name string, workers int) (report []verdict, err error) {
	p, err := load(ctx, name)
	if err != nil {
		return nil, err
	}
	tables := p.tables()
	for _, t := range tables {
		for i := range t.mutants {
			t.mutants[i].number = len(report) + 1
			report = append(report, verdict{mutant: t.mutants[i]})
		}
	}
	if len(report) == 0 {
		return nil, errors.New("the package has no tables: name a package with package-level composite literals")
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{p, dir}
	chosen, alone, err := b.split(ctx, tables)
	if err != nil {
		return nil, err
	}
	binary, err := b.build(ctx, p.overlay(chosen), "all")
	if err != nil {
		return nil, err
	}
	if out, err := b.test(ctx, binary, 0); err != nil {
		return nil, fmt.Errorf("the tests fail without any change: %w\n%s", err, out)
	}
	var queue []func() error
	for _, t := range chosen {
		for _, m := range t.mutants {
			queue = append(queue, func() error { return b.judge(ctx, binary, m.number, report) })
		}
	}
	for _, t := range alone {
		for _, m := range t.mutants {
			queue = append(queue, func() error { return b.judgeAlone(ctx, t, m, report) })
		}
	}
	return report, inParallel(workers, queue)
}

func inParallel(workers int, queue []func() error) error {
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	slots := make(chan struct{}, workers)
	failed := make([]error, len(queue))
	var wg sync.WaitGroup
	for i, job := range queue {
		slots <- struct{}{}
		wg.Go(func() {
			failed[i] = job()
			<-slots
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// split separates the tables that can be chosen at run time from the constants
// that must stay constants.
func (b *bench) split(ctx context.Context, tables []*table) (chosen, alone []*table, err error) {
	_, err = b.build(ctx, b.pkg.overlay(tables), "all")
	if err == nil || ctx.Err() != nil {
		return tables, nil, err
	}
	blocks := make(map[*ast.GenDecl][]*table)
	var order []*ast.GenDecl
	for _, t := range tables {
		if t.block == nil {
			chosen = append(chosen, t)
			continue
		}
		if blocks[t.block] == nil {
			order = append(order, t.block)
		}
		blocks[t.block] = append(blocks[t.block], t)
	}
	for _, d := range order {
		if _, err := b.build(ctx, b.pkg.overlay(blocks[d]), "block"); err == nil {
			chosen = append(chosen, blocks[d]...)
		} else {
			alone = append(alone, blocks[d]...)
		}
	}
	return chosen, alone, ctx.Err()
}

// judge runs the tests with one change of the common binary.
func (b *bench) judge(ctx context.Context, binary string, number int, report []verdict) error {
	_, err := b.test(ctx, binary, number)
	return b.note(ctx, err, &report[number-1])
}

// judgeAlone builds a binary for one change of a constant.
func (b *bench) judgeAlone(ctx context.Context, t *table, m mutant, report []verdict) error {
	binary, err := b.build(ctx, map[string][]byte{t.file.path: apply(t.file.text, m.edits)}, strconv.Itoa(m.number))
	if err == nil {
		_, err = b.test(ctx, binary, 0)
	}
	return b.note(ctx, err, &report[m.number-1])
}

func (b *bench) note(ctx context.Context, err error, v *verdict) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	v.killed = err != nil
	return nil
}

// build builds the package's tests with the given files in place of its own.
func (b *bench) build(ctx context.Context, files map[string][]byte, label string) (string, error) {
	replace := make(map[string]string)
	for path, text := range files {
		changed := filepath.Join(b.dir, label+"-"+filepath.Base(path))
		if err := os.WriteFile(changed, text, 0o600); err != nil {
			return "", err
		}
		replace[path] = changed
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlayFile := filepath.Join(b.dir, label+".json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(b.dir, label+".test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlayFile, "-o", binary, ".")
	cmd.Dir = b.pkg.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	return binary, nil
}

// test runs a test binary where go test would run it: first without what -short
// leaves out, which is enough for most changes, then with it.
func (b *bench) test(ctx context.Context, binary string, number int) ([]byte, error) {
	for _, length := range []string{"-test.short", "-test.short=false"} {
		cmd := exec.CommandContext(ctx, binary, length, "-test.failfast", "-test.timeout="+testTimeout)
		cmd.Dir = b.pkg.dir
		cmd.Env = append(os.Environ(), variable+"="+strconv.Itoa(number))
		if out, err := cmd.CombinedOutput(); err != nil {
			return out, err
		}
	}
	return nil, nil
}
