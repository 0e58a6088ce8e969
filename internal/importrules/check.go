package importrules

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Check reports every way in which the module in dir breaks the layout, one
// line each, sorted. The error is about the check itself: dir holds no module,
// or the go command or the parser could not read it. Safe for concurrent use.
func Check(ctx context.Context, dir string, layout Layout) ([]string, error) {
	t, err := load(ctx, dir)
	if err != nil {
		return nil, err
	}
	c := checker{tree: t, layout: layout}
	c.presence()
	for _, p := range t.own {
		if err := c.pkg(p); err != nil {
			return nil, err
		}
	}
	slices.Sort(c.found)
	return slices.Compact(c.found), nil
}

type checker struct {
	*tree
	layout Layout
	found  []string
}

func (c *checker) report(where, format string, args ...any) {
	c.found = append(c.found, where+": "+fmt.Sprintf(format, args...))
}

// presence compares the names of the table with the packages of the tree.
func (c *checker) presence() {
	for _, g := range c.layout.Groups {
		for _, name := range g.Packages {
			exists := slices.ContainsFunc(c.own, func(p *pkg) bool {
				own, _ := c.name(p.ImportPath)
				return matches(name, own)
			})
			planned := slices.Contains(c.layout.Planned, name)
			switch {
			case exists && planned:
				c.report(name, "exists: take it off the planned packages")
			case !exists && !planned:
				c.report(name, "is in the table but not in the tree")
			}
		}
	}
}

func (c *checker) pkg(p *pkg) error {
	name, _ := c.name(p.ImportPath)
	if name == "sync" {
		c.report(name, "a folder without a package of its own, so that nobody has to rename the standard library's sync")
		return nil
	}
	if p.Name != "main" && c.std[p.Name] {
		c.report(name, "has the name of a package of the standard library")
	}
	groups := c.groups(name)
	if len(groups) != 1 {
		c.report(name, "is in %d groups of the table, it must be in one", len(groups))
		return nil
	}
	g := groups[0]
	c.imports(name, p, g)
	c.links(name, p, g)
	c.tests(name, p, g)
	if err := c.exported(name, p); err != nil {
		return err
	}
	if g.Pure {
		return c.purity(name, p, append(p.GoFiles, notTests(p.IgnoredGoFiles)...))
	}
	return c.pureFiles(name, p)
}

func (c *checker) groups(name string) []Group {
	return slices.DeleteFunc(slices.Clone(c.layout.Groups), func(g Group) bool { return !anyMatches(g.Packages, name) })
}

// imports looks at what the package's own files import.
func (c *checker) imports(name string, p *pkg, g Group) {
	for _, path := range p.Imports {
		if to, own := c.name(path); own && !anyMatches(g.Uses, to) && !below(name, to) {
			c.report(name, "imports %s, which a package of the group %q may not", to, g.Name)
		}
		if slices.Contains(g.NotImported, path) {
			c.report(name, "imports %s, which a package of the group %q may not", path, g.Name)
		}
	}
}

// links looks at all that comes with the package.
func (c *checker) links(name string, p *pkg, g Group) {
	for _, path := range p.Deps {
		if slices.Contains(g.NotLinked, path) {
			c.report(name, "links %s, which a package of the group %q may not: %s", path, g.Name, c.chain(p, path))
		}
		if c.foreign(path) && !inModules(g.Modules, path) {
			c.report(name, "links %s of another module, which a package of the group %q may not: %s", path, g.Name, c.chain(p, path))
		}
	}
}

// tests looks at the imports of test files: they may use the whole module, but
// no module beyond the given ones.
func (c *checker) tests(name string, p *pkg, g Group) {
	for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
		if c.foreign(path) && !inModules(g.Modules, path) && !inModules(c.layout.TestModules, path) {
			c.report(name, "tests import %s, which is not among the modules given for tests", path)
		}
	}
}

func (c *checker) pureFiles(name string, p *pkg) error {
	files := c.layout.PureFiles[name]
	for _, file := range files {
		if !slices.Contains(p.GoFiles, file) {
			c.report(name, "has no file %s, which the table says is pure", file)
		}
	}
	return c.purity(name, p, slices.DeleteFunc(slices.Clone(files), func(f string) bool { return !slices.Contains(p.GoFiles, f) }))
}

// matches tells whether a name of the table stands for a package.
func matches(pattern, name string) bool {
	if root, all := strings.CutSuffix(pattern, "/..."); all {
		return name == root || strings.HasPrefix(name, root+"/")
	}
	return pattern == name
}

func anyMatches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, name) })
}

// below tells whether a package lies under another one's internal folder: its
// own parts, which obey the same rules.
func below(name, to string) bool { return strings.HasPrefix(to, name+"/internal/") }

func inModules(modules []string, path string) bool {
	return slices.ContainsFunc(modules, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") })
}

func notTests(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}
