// Package driver stands for a dependency that the library may not have.
package driver

// Conn is a type that callers should not have to know.
type Conn struct{}
