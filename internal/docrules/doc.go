// Package docrules checks what people read: that it is true and that it is
// there.
//
// [Snippets] finds the Go blocks of a Markdown file in the compiled Examples of
// the module, so that a README cannot show code that does not build.
// [Paths] looks for the files that a Markdown file links to or runs.
// [Packages] asks of every public package a doc.go with a package comment and
// three runnable Examples. [Rules] holds each RULES.md against the tests beside
// it: files, tests and ids must exist.
//
// All of them read source text and need nothing but the standard library.
package docrules
